// What a unit of everything costs that grows with a platform: a report, a replica, an active workspace, an invoice, a row. They
// are what scripts/sizing.ts computes with.
import { applyCredits } from '../commands/compute-standings';
import type { Connections } from '../commands/connections';
import { finalizeInvoice } from '../commands/finalize-invoice';
import type { Db } from '../db/connection/knex';
import { rollUpDays } from '../db/metering/days';
import { foldShard } from '../db/metering/fold';
import { rollUpShard } from '../db/metering/hours';
import { beginRound } from '../db/metering/rounds';
import { everyShard } from '../db/metering/shards';
import { monthEndMs, monthStartMs, previousMonth } from '../domain/period';
import { cpuOfFamily } from './cpu';
import {
  addReplicas,
  addUsage,
  addWorkspaces,
  openMonths,
  prepareBook,
  reporting,
  runningDayMs,
  runningHourMs,
  runningMonth,
  scaled,
  withConnections,
  workspaceOf,
} from './hot-data';
import { inParallel } from './measuring';
import { type BenchServers, withServers } from './servers';

const active = { name: 'active', count: scaled(1_000) };
const billed = { name: 'billed', count: scaled(500) };
const moreReplicas = 49;
const rounds = 10;
/** Plans are made in the first, and rows where a minute is the first of its hour. */
const uncounted = 2;

export async function hotCosts(): Promise<void> {
  await withServers((servers) =>
    withConnections(servers, async (connections) => {
      const { db } = connections;
      console.log(`hot costs: Postgres' CPU by what causes it, over ${active.count} active workspaces`);
      await prepareBook(db);
      await addWorkspaces(db, active);
      await addUsage(db, active.name, { fromMs: runningDayMs, toMs: runningHourMs });
      await db.raw('vacuum analyze');
      const report = reporting(db, active.name);
      const nothing = await cpuOfSteps(servers, connections, async () => undefined);
      const one = await cpuOfSteps(servers, connections, report);
      await addReplicas(db, active.name, moreReplicas);
      await db.raw('vacuum analyze');
      const many = await cpuOfSteps(servers, connections, report);
      const added = active.count * moreReplicas;
      print('a round with nothing to do', await cpuOfIdle(servers, connections), 'ms');
      print('shards with nothing new that are gone through', nothing.fold + nothing.rollUp + nothing.credits, 'ms');
      print('folding, a report', (1000 * (many.fold - one.fold)) / added, 'µs');
      print('rolling up, a replica of an hour that changed', (1000 * (many.rollUp - one.rollUp)) / added, 'µs');
      print('rolling up, a workspace', (1000 * (one.rollUp - nothing.rollUp)) / active.count, 'µs');
      print('credits, a workspace', (1000 * (one.credits - nothing.credits)) / active.count, 'µs');
      await printInvoice(servers, connections);
      await printRows(db);
    }),
  );
}

type Steps = { readonly fold: number; readonly rollUp: number; readonly credits: number };

async function cpuOfSteps(
  { postgresPid }: BenchServers,
  { db, clock }: Connections,
  before: () => Promise<unknown>,
): Promise<Steps> {
  const sums = { fold: 0, rollUp: 0, credits: 0 };
  const steps = {
    fold: (shard: number) => foldShard(db, shard),
    rollUp: async (shard: number) => {
      await rollUpShard(db, shard);
      await rollUpDays(db, shard, { nowMs: runningHourMs });
    },
    credits: (shard: number) => applyCredits({ db, clock }, shard),
  };
  for (let round = 1 - uncounted; round <= rounds; round++) {
    await before();
    for (const [name, step] of Object.entries(steps)) {
      const began = cpuOfFamily(postgresPid);
      for (const shard of everyShard) await step(shard);
      if (round > 0) sums[name as keyof Steps] += (cpuOfFamily(postgresPid) - began) / rounds;
    }
  }
  return sums;
}

async function cpuOfIdle({ postgresPid }: BenchServers, { db, clock }: Connections): Promise<number> {
  const began = cpuOfFamily(postgresPid);
  for (let round = 0; round < 10 * rounds; round++) await beginRound(db, { nowMs: await clock() });
  return (cpuOfFamily(postgresPid) - began) / (10 * rounds);
}

async function printInvoice({ postgresPid }: BenchServers, connections: Connections): Promise<void> {
  const { db } = connections;
  const month = previousMonth(runningMonth);
  await addWorkspaces(db, billed, 2);
  await openMonths(db, billed.name, [month]);
  await addUsage(db, billed.name, { fromMs: monthStartMs(month), toMs: monthEndMs(month) });
  await db.raw('vacuum analyze');
  const [postgres, own] = [cpuOfFamily(postgresPid), process.cpuUsage()];
  await inParallel(4, billed.count, (index) =>
    finalizeInvoice(connections, { workspace: workspaceOf(billed, index), month }),
  );
  const { user, system } = process.cpuUsage(own);
  print('an invoice of 730 hours, Postgres', (cpuOfFamily(postgresPid) - postgres) / billed.count, 'ms');
  print('an invoice of 730 hours, the process that bills', (user + system) / 1000 / billed.count, 'ms');
  const tables = ['invoices', 'invoice_lines', 'invoice_usage', 'ledger_entries', 'credit_draws', 'overrun_write_offs'];
  await db.raw('vacuum analyze');
  const { rows } = await db.raw(
    `select sum(pg_total_relation_size(name::regclass))::int8 as bytes from unnest(?::text[]) as name`,
    [tables],
  );
  print('rows of an invoice', Number(rows[0].bytes) / billed.count, 'bytes');
}

// With their indexes and what updates in place have left of free room.
async function printRows(db: Db): Promise<void> {
  for (const table of ['usage_reports', 'replica_hours', 'usage_hours', 'hour_totals', 'usage_days', 'active_days']) {
    const { rows } = await db.raw(
      `select coalesce((select sum(pg_total_relation_size(relid)) from pg_partition_tree(:table::regclass) where isleaf),
           pg_total_relation_size(:table::regclass))::float8 as bytes, (select count(*) from ${table})::float8 as rows`,
      { table },
    );
    print(`a row of ${table}`, rows[0].bytes / rows[0].rows, `bytes, of ${rows[0].rows}`);
  }
}

function print(what: string, figure: number, unit: string): void {
  console.log(`  ${what.padEnd(50)} ${figure.toFixed(figure < 100 ? 2 : 0)} ${unit}`);
}
