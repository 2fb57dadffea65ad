// The statements that every tick and every change of prices run, each beside the same with nothing behind it, in one run.
// BENCH_SCALE=0.01 makes it small, for trying: its ratios say nothing then.

import { createApiKey } from '../commands/create-key';
import { finalizeInvoice } from '../commands/finalize-invoice';
import { type Month, monthEndMs, monthStartMs, previousMonth } from '../domain/period';
import { withApi } from './api';
import { timesOf } from './dashboard';
import {
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
import { hotPrices } from './hot-prices';
import { inParallel } from './measuring';
import { outbox } from './outbox';
import { percentiles } from './percentiles';
import { withServers } from './servers';
import { describeRatio, describeTicks, measureTicks } from './tick';

const active = { name: 'active', count: scaled(1_000) };
const rounds = 15;

/** All of them, each on servers of its own. */
export async function hot(): Promise<void> {
  for (const each of [outbox, hotPrices, hotIdle, hotHistory, hotQuarantine]) await each();
}

/** A tick with very many workspaces of which few do anything, beside one with those few alone. */
export async function hotIdle(): Promise<void> {
  const idle = { name: 'idle', count: scaled(100_000) - active.count };
  await withServers((servers) =>
    withConnections(servers, async (connections) => {
      const { db } = connections;
      console.log(
        `hot idle: a tick with ${active.count} active workspaces, beside ${idle.count} that do nothing (asked: at most 1.3 times)`,
      );
      await prepareBook(db);
      await addWorkspaces(db, active);
      await addUsage(db, active.name, { fromMs: runningDayMs, toMs: runningHourMs });
      const before = reporting(db, active.name);
      await db.raw('vacuum analyze');
      const alone = await measureTicks(servers, connections, { rounds, before });
      await addWorkspaces(db, idle);
      await addUsage(db, idle.name, { fromMs: runningDayMs, toMs: runningDayMs + 3_600_000 });
      await db.raw('vacuum analyze');
      const beside = await measureTicks(servers, connections, { rounds, before });
      console.log(`alone: ${describeTicks(alone)}; beside the idle: ${describeTicks(beside)}`);
      console.log(`  ${describeRatio(beside, alone)}`);
    }),
  );
}

/** A tick and a dashboard with eleven invoiced months behind the running one, beside the running one alone. */
export async function hotHistory(): Promise<void> {
  const months: Month[] = [];
  for (let month = previousMonth(runningMonth); months.length < 11; month = previousMonth(month)) months.unshift(month);
  await withServers((servers) =>
    withConnections(servers, async (connections) => {
      const { db } = connections;
      console.log(`hot history: ${active.count} workspaces, a month and a year of it (asked: at most 1.2 times)`);
      await prepareBook(db);
      await addWorkspaces(db, active, months.length + 1);
      await addUsage(db, active.name, { fromMs: monthStartMs(runningMonth), toMs: runningHourMs });
      const before = reporting(db, active.name);
      const key = await createApiKey(db, { role: 'admin', name: 'bench' });
      await withApi(servers, async (base) => {
        const url = `${base}/v1/workspaces/${workspaceOf(active, 0)}/usage?period=${runningMonth}`;
        const measured = async () => {
          await db.raw('vacuum analyze');
          const ticks = await measureTicks(servers, connections, { rounds, before });
          return { ticks, ...percentiles(await timesOf(url, { authorization: `Bearer ${key}` })) };
        };
        const month = await measured();
        await openMonths(db, active.name, months);
        for (const each of months) {
          await addUsage(db, active.name, { fromMs: monthStartMs(each), toMs: monthEndMs(each) });
          await inParallel(4, active.count, (index) =>
            finalizeInvoice(connections, { workspace: workspaceOf(active, index), month: each }),
          );
        }
        const year = await measured();
        console.log(`a tick, a month: ${describeTicks(month.ticks)}; a year: ${describeTicks(year.ticks)}`);
        console.log(`  ${describeRatio(year.ticks, month.ticks)}`);
        console.log(
          `a dashboard, a month: p50 ${month.p50.toFixed(1)} ms; a year: p50 ${year.p50.toFixed(1)} ms, ${(year.p50 / month.p50).toFixed(2)} times`,
        );
      });
    }),
  );
}

/** A tick beside a million reports in quarantine that lack the same, beside one with none. */
export async function hotQuarantine(): Promise<void> {
  const reports = scaled(1_000_000);
  await withServers((servers) =>
    withConnections(servers, async (connections) => {
      const { db } = connections;
      console.log(
        `hot quarantine: a tick with ${active.count} active workspaces and ${reports} reports of a type without a price`,
      );
      await prepareBook(db);
      await addWorkspaces(db, active);
      const before = reporting(db, active.name);
      await db.raw('vacuum analyze');
      const none = await measureTicks(servers, connections, { rounds, before });
      await db.raw(
        `insert into usage_quarantine (workspace_id, model, version, replica, instance_type, phase, from_at, to_at, source_id,
           reason, received_at)
         select id, 'chat', 'v1', 'r1', 'unpriced', 2, at, at + interval '1 minute', source_id, 'no_price', now()
         from sources, workspaces, generate_series(:from::timestamptz,
           :from::timestamptz + (:each::int - 1) * interval '1 minute', interval '1 minute') as at
         where starts_with(id, 'active-')`,
        { from: new Date(runningDayMs).toISOString(), each: Math.ceil(reports / active.count) },
      );
      await db.raw('vacuum analyze');
      const many = await measureTicks(servers, connections, { rounds, before });
      console.log(`none: ${describeTicks(none)}; beside them: ${describeTicks(many)}`);
      console.log(`  ${describeRatio(many, none)}`);
    }),
  );
}
