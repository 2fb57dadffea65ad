// A month's end of a thousand workspaces at once, without e-mail and with it, to the last issued invoice, beside the rate
// that empty workflows of the same shape reach on the same servers in the same run.
import { Client, Connection } from '@temporalio/client';
import { type Month, monthOf, previousMonth } from '../domain/period';
import { freePort } from '../sandbox/ports';
import { type RunningProcess, sleep } from '../sandbox/processes/processes';
import {
  cpuOfAll,
  describeIdle,
  type Env,
  lessIdle,
  type Measured,
  measure,
  measureIdle,
  printMeasured,
  startBeside,
  startGuards,
  withoutMending,
} from './measuring';
import {
  areDone,
  billBefore,
  countInvoices,
  type Group,
  prepare,
  startEmptyPeriods,
  startPeriods,
} from './month-end-data';
import { type BenchServers, withServers } from './servers';

const count = Number(process.env['BENCH_WORKSPACES'] ?? 1000);
/** Ended before what is measured: a worker that has just started compiles its code and opens its connections. */
const firstCount = Math.min(count, 200);
const idleMs = 20_000;

/** Workspaces that end their month together, and those that did so before on the same worker. */
type Ending = { readonly first: Group; readonly group: Group };

const unmailed: Ending = { first: { name: 'first-unmailed', count: firstCount }, group: { name: 'unmailed', count } };
const mailed: Ending = { first: { name: 'first-mailed', count: firstCount }, group: { name: 'mailed', count } };
const before: Group = { name: 'before', count: 50 };

type Run = { readonly servers: BenchServers; readonly client: Client; readonly month: Month };

/** Prints rates, their ratios, and CPU an invoice. */
export async function monthEnd(): Promise<void> {
  await withServers(async (servers) => {
    const month = previousMonth(monthOf(Date.now()));
    console.log(`month end: twice ${count} workspaces, two models each, usage of ${month} metered before`);
    const groups = [before, unmailed.first, unmailed.group, mailed.first, mailed.group];
    // Without, their guards are measured as well, who judge twice within the first minutes of a worker.
    await prepare(servers.db, { month, groups, withCards: true });
    await billBefore(servers, { month, group: before });
    const connection = await Connection.connect({ address: servers.temporalAddress });
    try {
      const client = new Client({ connection });
      await withoutMending(client);
      await startGuards(servers);
      await measureAll({ servers, client, month });
    } finally {
      await connection.close();
    }
  });
}

async function measureAll(run: Run): Promise<void> {
  const empty = await measureEmpty(run);
  printMeasured('empty workflows of the same shape', empty, count);
  const billed = await measureBilled(run, unmailed, {});
  printMeasured('month end without e-mail, to the last invoice', billed, count);
  const withMail = await measureMailed(run);
  printMeasured('month end with e-mail, to the last invoice', withMail, count);
  const again = await measureEmpty(run);
  printMeasured('empty workflows once more', again, count);
  const limit = (count / empty.seconds + count / again.seconds) / 2;
  const percent = (part: number) => `${(part * 100).toFixed(0)} %`;
  console.log(`ratio to the limit: ${percent(count / billed.seconds / limit)} (asked: at least 60 %)`);
  // Beside others on the same processors CPU says more than time.
  const byCpu = percent(cpuOfAll(billed) / cpuOfAll(withMail));
  const byTime = percent(billed.seconds / withMail.seconds);
  console.log(`with e-mail to without: ${byTime} by time, ${byCpu} by CPU (asked: at least 80 %)`);
  const { worker = 0, Postgres = 0 } = billed.cpuMs;
  const cpu = (worker + Postgres) / count;
  const emptyCpu = ((empty.cpuMs['worker'] ?? 0) + (again.cpuMs['worker'] ?? 0)) / 2 / count;
  console.log(`CPU an invoice, worker and Postgres: ${cpu.toFixed(1)} ms (asked: at most 15 ms)`);
  console.log(`to the worker's of an empty workflow: ${(cpu / emptyCpu).toFixed(2)} times (asked: at most 1.8)`);
}

async function measureEmpty(run: Run): Promise<Measured> {
  const { servers, client } = run;
  const worker = await startBeside(servers, { name: 'empty-worker', entry: 'bench/empty-worker.js' });
  const measured = await measureWarm(run, unmailed, {
    worker,
    start: (group, closesAtMs) => startEmptyPeriods(client, { group, closesAtMs, steps: 0 }),
    isDone: () => areDone(client, 'emptyPeriod'),
  });
  await worker.stop();
  return measured;
}

async function measureBilled(
  run: Run,
  ending: Ending,
  env: Env,
  settle: (ended: number) => Promise<void> = async () => undefined,
): Promise<Measured> {
  const { servers, client, month } = run;
  const entry = 'workers/main.js';
  const worker = await startBeside(servers, { name: `worker-${ending.group.name}`, entry, env });
  const measured = await measureWarm(run, ending, {
    worker,
    start: (group, closesAtMs) => startPeriods(client, { month, group, closesAtMs }),
    // Asked of Temporal, as the empty ones are: what it costs to ask is not Postgres' here.
    isDone: () => areDone(client, 'billingPeriod'),
    settle,
  });
  const { all } = await countInvoices(servers.db, ending.group);
  if (all !== count) throw new Error(`expected ${count} invoices, there are ${all}`);
  await worker.stop();
  return measured;
}

type Waves = {
  readonly worker: RunningProcess;
  readonly start: (group: Group, closesAtMs: number) => Promise<void>;
  readonly isDone: () => Promise<boolean>;
  /** Until what follows is over, too: how many have ended by then. */
  readonly settle?: (ended: number) => Promise<void>;
};

/** Some first, and then the others, less what the same processes spend while they wait for these. */
async function measureWarm({ servers }: Run, { first, group }: Ending, waves: Waves): Promise<Measured> {
  const { worker, start, isDone, settle = async () => undefined } = waves;
  const processes = { worker };
  const end = async (ending: Group) => {
    // Long enough for all to be asleep when the month ends.
    const fromMs = Date.now() + ending.count * 50 + 10_000 + idleMs;
    await start(ending, fromMs);
    const idle = await measureIdle(servers, { processes, untilMs: fromMs - 500, forMs: idleMs });
    return { idle, measured: await measure(servers, { processes, fromMs, isDone }) };
  };
  // Not less what it spent before: that is its start.
  const { measured: cold } = await end(first);
  printMeasured(`the first ${first.count} of a worker that has just started`, cold, first.count);
  await settle(first.count);
  const { idle, measured } = await end(group);
  await settle(first.count + group.count);
  // Where something was still at work meanwhile, more is taken off than goes on all the time: both are said.
  printMeasured(`the ${group.count} after them, nothing taken off`, measured, group.count);
  console.log(`CPU a second while they sleep, taken off below: ${describeIdle(idle)}`);
  return lessIdle(measured, idle);
}

/** The same with a mail server, to which all mails of the first have gone before the others end. */
async function measureMailed(run: Run): Promise<Measured> {
  const { servers } = run;
  const port = String(await freePort());
  const sink = await startBeside(servers, {
    name: 'smtp-sink',
    entry: 'bench/smtp-sink.js',
    env: { SMTP_SINK_PORT: port },
  });
  // Beside the invoices go the notices that credits are used up.
  const untilMailed = async (ended: number) => {
    const counted = (states: Record<string, string>) =>
      servers.db('email_addresses').where(states).count({ rows: '*' }).first();
    const isOut = async () =>
      Number((await counted({ state: 'sent' }))?.['rows']) >= ended &&
      Number((await counted({ state: 'queued' }))?.['rows']) === 0;
    while (!(await isOut())) await sleep(500);
  };
  const env = { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'billing@example.com' };
  const measured = await measureBilled(run, mailed, env, untilMailed);
  await sink.stop();
  return measured;
}
