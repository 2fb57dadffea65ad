// Parts of a started Minutebook that go away and come back, one by one: nothing is lost, nothing is billed twice. The
// tests share one sandbox and run in order.

import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { createClient } from '../../client/http';
import { formatInstant, hourMs, monthEndMs, monthOf, monthStartMs, previousMonth } from '../../domain/period';
import type { Phase } from '../../domain/usage';
import type { SandboxFile } from '../../runtime/sandbox-file';
import { isAlive } from '../../sandbox/processes/process-identity';
import { until } from '../harness/until';
import { endOf, makeHome, ready, recorded, type Start, start, takeTurn, turnWithinMs } from './starting';

// Two months back, so that closing it does not wait for the spread of month ends, whatever the day.
const month = previousMonth(previousMonth(monthOf(Date.now())));
const monthStart = formatInstant(monthStartMs(month));
const monthEnd = formatInstant(monthEndMs(month));

let sandbox: Start;
let file: SandboxFile;
let client: ReturnType<typeof createClient>;

let endTurn: () => Promise<void>;
beforeAll(async () => {
  endTurn = await takeTurn();
}, turnWithinMs);
beforeAll(async () => {
  sandbox = start(await makeHome(), '--empty');
  file = await ready(sandbox);
  client = createClient({ url: file.api, key: file.keys.admin });
  await client.putPrices([{ instanceType: 'T4', usdPerMinute: '0.10', effectiveFrom: monthStart }]);
});

afterAll(async () => {
  sandbox.child.kill('SIGTERM');
  await endOf(sandbox);
  await rm(sandbox.home, { recursive: true, force: true });
});
// After the one above: its ports are free by then.
afterAll(() => endTurn());

const entry = { name: 'Acme', billingEmail: 'a@acme.example', startsAt: monthStart };

/** An hour of usage, $6; with `isLast` also that this was all. */
function usage(workspace: string, hour: number, isLast = false) {
  const at = (hours: number) => formatInstant(monthStartMs(month) + hours * hourMs);
  const phase: Phase = 'serving';
  const facts = { model: 'm', version: '1', replica: 'r', instanceType: 'T4', phase };
  const reports = [{ workspace, ...facts, from: at(hour), to: at(hour + 1) }];
  return { source: workspace, reports, ...(isLast ? { completeThrough: monthEnd } : {}) };
}

/** One call, without the client's patience. */
async function post(batch: ReturnType<typeof usage>) {
  const headers = { authorization: `Bearer ${file.keys.platform}`, 'content-type': 'application/json' };
  const response = await fetch(`${file.api}/v1/usage`, { method: 'POST', headers, body: JSON.stringify(batch) });
  await response.body?.cancel();
  const { status } = response;
  return { status, retryAfter: response.headers.get('retry-after'), type: response.headers.get('content-type') };
}

const refused = { status: 503, retryAfter: '5', type: expect.stringContaining('application/problem+json') };

async function invoiced(workspace: string, withinMs: number) {
  const invoices = () => client.listInvoices(workspace);
  await until(`${workspace} has an invoice`, async () => (await invoices()).length > 0, withinMs);
  return (await invoices()).map(({ period, bill }) => ({ period, listAmount: bill.listAmount }));
}

async function part(name: string) {
  const found = (await recorded(sandbox.home)).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name} in the record of processes`);
  return found;
}

async function startedAgain(name: string, gone: { readonly pid: number }) {
  const isBack = async () => sandbox.output().includes(`${name} was started again`);
  await until(`${name} is started again`, isBack, 20_000);
  expect(sandbox.output()).toMatch(`${name} ended by itself (SIGKILL); its log is ${sandbox.home}/logs/`);
  const now = await part(name);
  expect(now.pid).not.toBe(gone.pid);
  expect(isAlive(now)).toBe(true);
}

test('with Temporal away usage and workspaces are taken, and billed when it is back', async () => {
  const temporal = await part('Temporal dev server');
  process.kill(temporal.pid, 'SIGSTOP');
  await client.putWorkspace('during-temporal', entry);
  expect((await post(usage('during-temporal', 1, true))).status).toBe(202);
  process.kill(temporal.pid, 'SIGKILL');
  await startedAgain('Temporal dev server', temporal);
  expect(await invoiced('during-temporal', 20_000)).toEqual([{ period: month, listAmount: '6.000000000' }]);
}, 60_000);

test('with Postgres gone usage is refused, and taken when it is back; what was answered before is there', async () => {
  await client.putWorkspace('during-postgres', entry);
  expect((await post(usage('during-postgres', 1))).status).toBe(202);
  const postgres = await part('PostgreSQL');
  process.kill(postgres.pid, 'SIGKILL');
  await until('it is gone', async () => !isAlive(postgres));
  const began = Date.now();
  expect(await post(usage('during-postgres', 2, true))).toEqual(refused);
  expect(Date.now() - began).toBeLessThan(5_000);

  await startedAgain('PostgreSQL', postgres);
  const isTaken = async () => (await post(usage('during-postgres', 2, true))).status === 202;
  await until('the same batch is taken', isTaken, 10_000);
  expect(await invoiced('during-postgres', 20_000)).toEqual([{ period: month, listAmount: '12.000000000' }]);
}, 60_000);

test('a worker killed while it closes a month, and a Postgres that hangs meanwhile: one invoice in the end', async () => {
  await client.putWorkspace('during-closing', entry);
  const database = new Client({ connectionString: file.databaseUrl });
  database.on('error', () => undefined);
  await database.connect();
  // The invoice is written but for its lines when the worker is killed.
  await database.query('begin');
  await database.query('lock table invoice_lines in share mode');
  expect((await post(usage('during-closing', 1, true))).status).toBe(202);
  const waits = `select from pg_locks where relation = 'invoice_lines'::regclass and not granted`;
  await until('the worker waits for the lock', async () => (await database.query(waits)).rowCount === 1);
  const worker = await part('worker');
  process.kill(worker.pid, 'SIGKILL');
  await database.query('rollback');
  await startedAgain('worker', worker);

  // Until Temporal tries the activity again, it takes the half minute in which no heartbeat came.
  const postmaster = (await part('PostgreSQL')).pid;
  process.kill(postmaster, 'SIGSTOP');
  // From now on there are no new ones.
  const { rows } = await database.query<{ pid: number }>('select pid from pg_stat_activity');
  const backends = rows.map(({ pid }) => pid);
  const began = Date.now();
  for (const pid of backends) signalIfThere(pid, 'SIGSTOP');
  try {
    expect(await post(usage('during-closing', 1))).toEqual(refused);
    expect(Date.now() - began).toBeLessThan(25_000);
  } finally {
    for (const pid of [postmaster, ...backends]) signalIfThere(pid, 'SIGCONT');
    await database.end();
  }
  expect((await post(usage('during-closing', 1))).status).toBe(202);
  expect(await invoiced('during-closing', 150_000)).toEqual([{ period: month, listAmount: '6.000000000' }]);
}, 200_000);

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
