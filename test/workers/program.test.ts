// The worker as it is run, against a Temporal dev server that is away at first, in a namespace of its own.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { pino } from 'pino';
import { requestClose } from '../../db/billing/periods';
import { UsageAppender } from '../../db/intake/reports';
import { billingWorkflowId } from '../../domain/ids';
import { hourMs, hourOf, hourStartMs, minuteMs, monthOf } from '../../domain/period';
import type { Config } from '../../runtime/config';
import { freePort } from '../../sandbox/ports';
import { runWorkerProgram } from '../../workers/program';
import { ensureSchedules, schedules, schedulesRevision } from '../../workers/schedules';
import { quietTemporal } from '../harness/billing';
import { testConfig } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testServers } from '../harness/environment';
import { sampleOf } from '../harness/exposition';
import { createGate, type Gate } from '../harness/gate';
import { until } from '../harness/until';
import { workflowBundle } from '../harness/workflow-bundle';
import { at, createWorkspace, putPrices, report, serving } from '../harness/workspace';

const namespace = `test-${randomBytes(4).toString('hex')}`;
const startedMs = Date.now();
const month = monthOf(startedMs);

let database: TestDatabase;
let connection: Connection;
let client: Client;
let gate: Gate;
let config: Config;
let running: Promise<void>;
const stopping = new AbortController();
const logged: { readonly msg: string }[] = [];

beforeAll(async () => {
  quietTemporal();
  const { temporalAddress } = testServers();
  database = await createTestDatabase();
  connection = await Connection.connect({ address: temporalAddress });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  client = new Client({ connection, namespace });
  gate = await createGate(temporalAddress);
  config = testConfig({
    databaseUrl: database.urlAs('worker'),
    temporalAddress: gate.address,
    temporalNamespace: namespace,
    meteringEveryMs: 1000,
    metricsPort: await freePort(),
  });
  running = runWorkerProgram({
    config,
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) }),
    workflows: { workflowBundle: await workflowBundle() },
    identity: 'test',
    stopping: stopping.signal,
  });
  await putPrices(database.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
});

afterAll(async () => {
  stopping.abort();
  await running;
  for (const name of ['meterUsage', 'mend']) await client?.schedule.getHandle(name).delete();
  await gate?.shut();
  await connection?.close();
  await database?.drop();
});

const outbox = () => database.db('outbox').select('workflow_id', 'attempts', 'last_error').orderBy('outbox_id');
const untilToldOf = (workflowId: string) =>
  until(
    `Temporal was told of ${workflowId}`,
    async () => (await database.db('outbox').where({ workflow_id: workflowId })).length === 0,
  );
const countLogged = (text: string) => logged.filter(({ msg }) => msg.includes(text)).length;

test('what is committed while Temporal is away waits, without a line of log for each row', async () => {
  for (const id of ['away-1', 'away-2', 'away-3']) await createWorkspace(database.db, { id, nowMs: startedMs });
  await until('the relay has tried', async () => countLogged('Temporal is away') > 0);
  await sleep(2500);
  expect(await outbox()).toMatchObject(
    [1, 2, 3].map((n) => ({ workflow_id: `billing:away-${n}:${month}`, attempts: 0 })),
  );
  expect(countLogged('Temporal is away')).toBe(1);
});

test('when Temporal is there, the workflows are started, and operators can find them by workspace', async () => {
  await gate.open();
  await untilToldOf(billingWorkflowId('away-3', month));
  const find = async () => {
    const found: string[] = [];
    const query = `WorkspaceId = 'away-2' and BillingPeriod = '${month}' and BillingStatus = 'open' and CloseAt > '2020-01-01T00:00:00Z'`;
    for await (const workflow of client.workflow.list({ query })) found.push(workflow.workflowId);
    return found;
  };
  await until('the workflow is listed', async () => (await find()).length > 0);
  expect(await find()).toEqual([billingWorkflowId('away-2', month)]);
  const handle = client.workflow.getHandle(billingWorkflowId('away-2', month));
  expect(await (await handle.describe()).staticSummary()).toMatch(/^away-2, \w+ \d{4}$/);
});

test('the schedule meters a report within seconds', async () => {
  const workspace = 'metered';
  const fromMs = hourStartMs(hourOf(startedMs));
  await createWorkspace(database.db, { id: workspace, startsAtMs: fromMs - hourMs, nowMs: startedMs });
  await report(database.db, new UsageAppender(), {
    source: 'platform',
    reports: [serving({ workspace, fromMs, toMs: fromMs + 7 * minuteMs })],
    nowMs: startedMs,
  });
  const metered = () =>
    database.db('usage_hours').where({ workspace_id: workspace }).select('replica_minutes', 'list_nanos');
  await until('the report is metered', async () => (await metered()).length > 0, 30_000);
  expect(await metered()).toEqual([{ replica_minutes: 7, list_nanos: 70_000_000n }]);

  const { info } = await client.schedule.getHandle('meterUsage').describe();
  const done = info.recentActions.find(({ action }) => action.type === 'startWorkflow');
  if (done === undefined) throw new Error('the schedule has started nothing');
  const handle = client.workflow.getHandle(done.action.workflow.workflowId);
  await handle.result();
});

test('a schedule follows the settings of the worker that starts last', async () => {
  const handle = client.schedule.getHandle('meterUsage');
  expect(await handle.describe()).toMatchObject({
    spec: { intervals: [{ every: 1000 }] },
    policies: { overlap: 'SKIP' },
  });
  await handle.pause('looking at something');
  await ensureSchedules(client, schedules({ meteringEveryMs: 2000, meteringParallel: 3 }));
  expect(await handle.describe()).toMatchObject({
    spec: { intervals: [{ every: 2000 }] },
    action: { args: [{ parallel: 3 }] },
    state: { paused: true, note: 'looking at something' },
  });
  await ensureSchedules(client, schedules(config));
  await handle.unpause();
});

test('a worker that is older than a schedule leaves it alone, and one as old changes it by its settings', async () => {
  const handle = client.schedule.getHandle('meterUsage');
  const everyMs = async () => (await handle.describe()).spec.intervals?.map(({ every }) => every);
  const newer = schedulesRevision + 1;
  await ensureSchedules(client, schedules({ ...config, meteringEveryMs: 5000 }), newer);
  await ensureSchedules(client, schedules(config));
  expect(await everyMs()).toEqual([5000]);
  await ensureSchedules(client, schedules({ ...config, meteringEveryMs: 4000 }), newer);
  expect(await everyMs()).toEqual([4000]);

  // An unchanged one is not written: what an operator did to it by hand stays.
  await handle.update((previous) => ({ ...previous, policies: { overlap: 'BUFFER_ONE' } }));
  await ensureSchedules(client, schedules({ ...config, meteringEveryMs: 4000 }), newer);
  expect((await handle.describe()).policies.overlap).toBe('BUFFER_ONE');
  await ensureSchedules(client, schedules(config), newer);
  expect(await handle.describe()).toMatchObject({
    policies: { overlap: 'SKIP' },
    spec: { intervals: [{ every: 1000 }] },
  });
});

test('a schedule for mending is there, daily, and has run when it was made', async () => {
  const { spec, info } = await client.schedule.getHandle('mend').describe();
  expect(spec.calendars).toMatchObject([{ hour: [{ start: 3, end: 3 }], minute: [{ start: 30, end: 30 }] }]);
  const first = info.recentActions[0];
  if (first?.action.type !== 'startWorkflow') throw new Error('mending was not started');
  const { workflowId } = first.action.workflow;
  expect(await client.workflow.getHandle(workflowId).result()).toEqual({
    opened: 0,
    restarted: 0,
    collected: 0,
    told: 0,
    guardsStarted: 0,
    guardsWoken: 0,
    detached: 0,
    expiring: 0,
    refundsBegun: 0,
    refundsSent: 0,
  });
});

test('connections to Postgres may break, and Temporal may go and come back', async () => {
  await database.db.raw(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name in ('outbox', 'minutebook-worker') and datname = current_database()`);
  await createWorkspace(database.db, { id: 'after-postgres', nowMs: startedMs });
  await untilToldOf(billingWorkflowId('after-postgres', month));

  await gate.shut();
  await createWorkspace(database.db, { id: 'after-temporal', nowMs: startedMs });
  await sleep(1000);
  expect(await outbox()).toMatchObject([{ workflow_id: `billing:after-temporal:${month}`, attempts: 0 }]);
  await gate.open();
  await untilToldOf(billingWorkflowId('after-temporal', month));
  const handle = client.workflow.getHandle(billingWorkflowId('after-temporal', month));
  expect((await handle.describe()).status.name).toBe('RUNNING');
});

async function put(row: {
  kind: 'start' | 'signal';
  workflow_type?: string;
  workflow_id: string;
  signal_name?: string;
  arguments?: object;
}): Promise<void> {
  await database.db('outbox').insert({ workflow_type: 'billingPeriod', arguments: {}, ...row });
}

test('a start of what runs, and a signal to what has ended, are done with', async () => {
  const workflow_id = billingWorkflowId('away-1', month);
  const handle = client.workflow.getHandle(workflow_id);
  const { runId } = await handle.describe();
  await put({ kind: 'start', workflow_id, arguments: startArguments });
  await untilToldOf(workflow_id);
  expect((await handle.describe()).runId).toBe(runId);

  await handle.terminate('the test is through with it');
  await put({ kind: 'signal', workflow_id, signal_name: 'usageComplete' });
  await untilToldOf(workflow_id);
  expect((await handle.describe()).status.name).toBe('TERMINATED');
});

const startArguments = { workspace: 'away-1', month, opensNextAt: null, closesAt: '2099-01-01T00:00:00Z' };

test('what was terminated begins again when it is started, what has completed does not', async () => {
  const workflow_id = billingWorkflowId('away-1', month);
  await put({ kind: 'start', workflow_id, arguments: startArguments });
  await untilToldOf(workflow_id);
  const handle = client.workflow.getHandle(workflow_id);
  expect((await handle.describe()).status.name).toBe('RUNNING');

  await database.db.transaction((trx) => requestClose(trx, { workspace: 'away-1', month, nowMs: Date.now() }));
  await put({ kind: 'signal', workflow_id, signal_name: 'closeRequested' });
  expect(await handle.result()).toMatchObject({ status: 'empty', because: 'requested' });
  const { runId } = await handle.describe();
  await put({ kind: 'start', workflow_id, arguments: startArguments });
  await untilToldOf(workflow_id);
  expect((await handle.describe()).runId).toBe(runId);
  expect((await handle.describe()).status.name).toBe('COMPLETED');
});

test('a row that cannot be told is kept with the reason, and holds up no other', async () => {
  await put({ kind: 'start', workflow_type: 'unheardOf', workflow_id: 'unheard-of' });
  await createWorkspace(database.db, { id: 'not-held-up', nowMs: startedMs });
  await untilToldOf(billingWorkflowId('not-held-up', month));
  await until('it was tried', async () => (await outbox())[0]?.attempts > 0);
  expect(await outbox()).toMatchObject([
    { workflow_id: 'unheard-of', last_error: expect.stringContaining('unheardOf') },
  ]);
});

test('it says of itself what it did', async () => {
  const page = async () => (await fetch(`http://127.0.0.1:${config.metricsPort}/metrics`)).text();
  const text = await page();
  const of = (name: string, labels?: Record<string, string>) => sampleOf(text, `minutebook_${name}`, labels);
  const metering = { activity: 'meterShards' };
  expect(of('activities_total', { ...metering, outcome: 'completed' })).toBeGreaterThan(0);
  expect(of('activity_duration_seconds_count', metering)).toBeGreaterThan(0);
  expect(of('activities_running', metering)).toBeLessThanOrEqual(config.meteringParallel);
  const lastTick = of('activity_last_success_timestamp_seconds', { activity: 'beginRound' }) ?? 0;
  expect(Date.now() / 1000 - lastTick).toBeLessThan(60);
  // Seven workspaces were created; one row is still refused; Temporal was away at the beginning.
  expect(of('outbox_deliveries_total', { outcome: 'delivered' })).toBeGreaterThanOrEqual(7);
  expect(of('outbox_deliveries_total', { outcome: 'refused' })).toBeGreaterThan(0);
  expect(of('outbox_deliveries_total', { outcome: 'away' })).toBeGreaterThan(0);
  await until(
    'the refused row is seen',
    async () => (sampleOf(await page(), 'minutebook_outbox_refused_rows') ?? 0) > 0,
  );
});

test('it stops when it is told to', async () => {
  stopping.abort();
  await running;
  expect(countLogged('not working')).toBe(1);
  await expect(fetch(`http://127.0.0.1:${config.metricsPort}/health/live`)).rejects.toThrow('fetch failed');
});
