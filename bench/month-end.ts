// A month's end of a thousand workspaces at once, to the last issued invoice, beside the rate that empty workflows of the
// same shape reach on the same servers in the same run.
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { billingPeriodStart } from '../client/workflows';
import { recordUsage } from '../commands/record-usage';
import type { Db } from '../db/connection/knex';
import { UsageAppender } from '../db/intake/reports';
import {
  formatInstant,
  hourMs,
  type Month,
  monthEndMs,
  monthOf,
  monthStartMs,
  nextMonth,
  previousMonth,
} from '../domain/period';
import type { UsageReport } from '../domain/usage';
import { type RunningProcess, sleep, startProcess } from '../sandbox/processes/processes';
import { cpuOf, cpuOfFamily } from './cpu';
import { type BenchServers, meterAll, withServers } from './servers';

const count = Number(process.env['BENCH_WORKSPACES'] ?? 1000);
/** Long enough for all to be asleep when the month ends. */
const startMs = count * 25 + 5000;

type Measured = {
  readonly seconds: number;
  readonly workerMs: number;
  readonly postgresMs: number;
  readonly temporalMs: number;
};

/** Prints rates, their ratio, and CPU an invoice. */
export async function monthEnd(): Promise<void> {
  await withServers(async (servers) => {
    const month = previousMonth(monthOf(Date.now()));
    console.log(`month end: ${count} workspaces, two models each, usage of ${month} metered before`);
    await prepare(servers.db, month);
    const connection = await Connection.connect({ address: servers.temporalAddress });
    const client = new Client({ connection });
    try {
      const empty = await measureEmpty(servers, client);
      print('empty workflows of the same shape', empty);
      const billed = await measureBilled(servers, { client, month });
      print('billing periods to the last invoice', billed);
      const again = await measureEmpty(servers, client);
      print('empty workflows once more', again);
      const limit = (count / empty.seconds + count / again.seconds) / 2;
      console.log(
        `ratio to the limit: ${((count / billed.seconds / limit) * 100).toFixed(0)} % (asked: at least 60 %)`,
      );
      const cpu = (billed.workerMs + billed.postgresMs) / count;
      console.log(`CPU an invoice, worker and Postgres: ${cpu.toFixed(1)} ms (asked: at most 15 ms)`);
    } finally {
      await connection.close();
    }
  });
}

function print(what: string, { seconds, workerMs, postgresMs, temporalMs }: Measured): void {
  const each = (ms: number) => `${(ms / count).toFixed(1)} ms`;
  console.log(
    `${what}: ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)}/s; CPU each: worker ${each(workerMs)}, Postgres ${each(postgresMs)}, Temporal ${each(temporalMs)}`,
  );
}

const workspaceOf = (index: number) => `bench-${String(index).padStart(5, '0')}`;

// One model serves all month on a GPU, one in working hours on a CPU: 1,000 hourly rows, about $900 and the free $30.
async function prepare(db: Db, month: Month): Promise<void> {
  const from = formatInstant(monthStartMs(month));
  await db.raw(`insert into instance_types (id) values ('A10Gx4x16'), ('4x16')`);
  await db.raw(
    `insert into prices (instance_type, price_nanos, valid)
     values ('A10Gx4x16', 20120000, tstzrange(:from, null)), ('4x16', 3460000, tstzrange(:from, null))`,
    { from },
  );
  await db.raw(
    `insert into workspaces (id, name, billing_email, starts_at, created_at)
     select 'bench-' || lpad(n::text, 5, '0'), 'Bench', 'billing@example.com', :from, :from from generate_series(0, :last) n`,
    { from, last: count - 1 },
  );
  await db.raw(
    `with given as (
       insert into credit_grants (workspace_id, key, kind, amount_nanos, remaining_nanos, valid_from, priority, created_at)
       select id, 'free', 'free', 30000000000, 30000000000, starts_at, 100, starts_at from workspaces returning *
     )
     insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at)
     select workspace_id, 'grant:' || key, account, sign * amount_nanos, key, created_at
     from given, (values ('credits', -1), ('credits_granted', 1)) as entry (account, sign)`,
  );
  await db.raw(
    `insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
     select id, listed.month, listed.starts_at, listed.ends_at, :from from workspaces,
       (values (:month, :from::timestamptz, :until::timestamptz), (:next, :until::timestamptz, :next_until::timestamptz))
         as listed (month, starts_at, ends_at)`,
    {
      month,
      from,
      until: formatInstant(monthEndMs(month)),
      // Open as it would be, so that mending, which a new worker begins with, has nothing to open.
      next: nextMonth(month),
      next_until: formatInstant(monthEndMs(nextMonth(month))),
    },
  );
  const appender = new UsageAppender();
  const completeThroughMs = monthStartMs(nextMonth(month));
  for (let first = 0; first < count; first += 50) {
    const reports = Array.from({ length: Math.min(50, count - first) }, (_, index) =>
      usageOf(workspaceOf(first + index), month),
    );
    const batch = { source: 'bench', completeThroughMs, reports: reports.flat() };
    await recordUsage(db, appender, { batch, nowMs: Date.now() });
  }
  await meterAll(db);
}

function usageOf(workspace: string, month: Month): UsageReport[] {
  const served = { workspace, version: 'v1', replica: 'r1', phase: 'serving' as const };
  const [fromMs, toMs] = [monthStartMs(month), monthEndMs(month)];
  const all: UsageReport = { ...served, model: 'chat', instanceType: 'A10Gx4x16', fromMs, toMs };
  const daily: UsageReport[] = [];
  for (let day = fromMs; day < toMs; day += 24 * hourMs) {
    daily.push({ ...served, model: 'embed', instanceType: '4x16', fromMs: day + 8 * hourMs, toMs: day + 18 * hourMs });
  }
  return [all, ...daily];
}

async function measureEmpty(servers: BenchServers, client: Client): Promise<Measured> {
  const worker = await startWorker(servers, { name: 'empty-worker', entry: path.join(__dirname, 'empty-worker.js') });
  const closesAtMs = Date.now() + startMs;
  const run = String(closesAtMs);
  await inParallel(20, count, (index) =>
    client.workflow.start('emptyPeriod', {
      workflowId: `empty:${run}:${index}`,
      taskQueue: 'empty',
      args: [{ workspace: workspaceOf(index), month: run, closesAtMs }],
    }),
  );
  const isDone = async () => {
    const { count: left } = await client.workflow.count(`TaskQueue = 'empty' and ExecutionStatus = 'Running'`);
    return left === 0;
  };
  return measure(servers, { worker, closesAtMs, isDone });
}

async function measureBilled(
  servers: BenchServers,
  { client, month }: { client: Client; month: Month },
): Promise<Measured> {
  const worker = await startWorker(servers, {
    name: 'worker',
    entry: path.join(__dirname, '..', 'workers', 'main.js'),
  });
  const closesAtMs = Date.now() + startMs;
  await inParallel(20, count, (index) =>
    client.workflow.start(
      'billingPeriod',
      billingPeriodStart({
        workspace: workspaceOf(index),
        month,
        opensNextAt: null,
        closesAt: formatInstant(closesAtMs),
      }),
    ),
  );
  const isDone = async () => {
    const { rows } = await servers.db.raw('select count(*)::int as invoices from invoices');
    if (rows[0].invoices < count) return false;
    const { count: left } = await client.workflow.count(
      `WorkflowType = 'billingPeriod' and BillingPeriod = '${month}' and ExecutionStatus = 'Running'`,
    );
    return left === 0;
  };
  return measure(servers, { worker, closesAtMs, isDone });
}

/** From the month's end to the end of the last workflow. */
async function measure(
  servers: BenchServers,
  { worker, closesAtMs, isDone }: { worker: RunningProcess; closesAtMs: number; isDone: () => Promise<boolean> },
): Promise<Measured> {
  const lateMs = Date.now() - closesAtMs;
  if (lateMs > 0) throw new Error(`starting took ${lateMs} ms longer than planned: the month ended in between`);
  await sleep(-lateMs);
  const cpu = () => [cpuOf(worker.pid), cpuOfFamily(servers.postgresPid), cpuOf(servers.temporalPid)] as const;
  const before = cpu();
  while (!(await isDone())) await sleep(100);
  const seconds = (Date.now() - closesAtMs) / 1000;
  const after = cpu();
  await worker.stop();
  return {
    seconds,
    workerMs: after[0] - before[0],
    postgresMs: after[1] - before[1],
    temporalMs: after[2] - before[2],
  };
}

function startWorker(servers: BenchServers, { name, entry }: { name: string; entry: string }): Promise<RunningProcess> {
  return startProcess({
    name,
    role: 'program',
    command: process.execPath,
    args: [entry],
    logFile: path.join(servers.directory, 'logs', `${name}.log`),
    env: {
      ...process.env,
      TZ: 'UTC',
      DATABASE_URL: servers.databaseUrl,
      TEMPORAL_ADDRESS: servers.temporalAddress,
      LOG_LEVEL: 'warn',
      SELLER_NAME: 'Bench',
      SELLER_ADDRESS: 'Bench Street 1',
      // Metering goes on as in production; there is nothing new to meter.
      METERING_EVERY_SECONDS: '20',
    },
  });
}

async function inParallel(width: number, total: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < total) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
