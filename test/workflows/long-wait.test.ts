// A month that waits and is woken again and again, on a dev server that finds a history of a hundred events long.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection, type WorkflowExecutionDescription, type WorkflowHandle } from '@temporalio/client';
import { pino } from 'pino';
import { openPeriods } from '../../db/billing/periods';
import { UsageAppender } from '../../db/intake/reports';
import { billingWorkflowId } from '../../domain/ids';
import { dayMs, hourMs, monthEndMs, monthOf, monthStartMs, previousMonth } from '../../domain/period';
import { freePort } from '../../sandbox/ports';
import { type RunningTemporal, startTemporalDev } from '../../sandbox/temporal/temporal';
import { locateTemporal } from '../../sandbox/temporal/temporal-programs';
import { runWorkerProgram } from '../../workers/program';
import { quietTemporal } from '../harness/billing';
import { testConfig } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { keepHistory } from '../harness/histories';
import { until } from '../harness/until';
import { workflowBundle } from '../harness/workflow-bundle';
import { at, putPrices, report, serving } from '../harness/workspace';

const month = previousMonth(monthOf(Date.now()));
const suggestedAt = 100;
const appender = new UsageAppender();
const stopping = new AbortController();

let directory: string;
let server: RunningTemporal;
let database: TestDatabase;
let connection: Connection;
let client: Client;
let running: Promise<void>;

beforeAll(async () => {
  quietTemporal();
  directory = await mkdtemp(path.join(tmpdir(), 'minutebook-long-wait-'));
  database = await createTestDatabase();
  server = await startTemporalDev({
    program: await locateTemporal('temporal', () => undefined),
    port: await freePort(),
    logFile: path.join(directory, 'temporal.log'),
    limits: { 'limit.historyCount.suggestContinueAsNew': suggestedAt },
  });
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
  running = runWorkerProgram({
    config: testConfig({ databaseUrl: database.urlAs('worker'), temporalAddress: server.address }),
    log: pino({ level: 'silent' }),
    workflows: { workflowBundle: await workflowBundle() },
    identity: 'test',
    stopping: stopping.signal,
  });
  await putPrices(database.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
}, 60_000);

afterAll(async () => {
  stopping.abort();
  await running;
  await connection?.close();
  await server?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** A workspace created now whose last month waits for its source; the month's workflow opened the running one. */
async function waitingMonth(workspace: string): Promise<WorkflowHandle> {
  const startsAtMs = monthStartMs(month);
  const { db } = database;
  await db('workspaces').insert({
    id: workspace,
    name: workspace,
    billing_email: `${workspace}@example.com`,
    starts_at: new Date(startsAtMs),
    created_at: new Date(),
  });
  await db.transaction((trx) => openPeriods(trx, { workspace, months: [month], nowMs: Date.now(), closeSpreadMs: 0 }));
  const reports = [serving({ workspace, fromMs: startsAtMs + dayMs, toMs: startsAtMs + dayMs + hourMs })];
  await report(db, appender, { source: workspace, reports, nowMs: Date.now() });
  const isWaiting = async () =>
    (await db('billing_periods').where({ workspace_id: workspace, month, status: 'waiting' })).length === 1;
  await until(`${workspace} waits`, isWaiting, 30_000);
  return client.workflow.getHandle(billingWorkflowId(workspace, month));
}

/** Wakes it in vain until it has continued as new; answers the handle of the run before. */
async function storm(handle: WorkflowHandle): Promise<WorkflowHandle> {
  const { runId } = await handle.describe();
  const hasContinued = async () => {
    // Several at once, so that some come while the workflow continues as new.
    await Promise.all([1, 2, 3].map(() => handle.signal('usageComplete')));
    return (await handle.describe()).runId !== runId;
  };
  await until('it has continued as new', hasContinued);
  return client.workflow.getHandle(handle.workflowId, runId);
}

function shown({ typedSearchAttributes }: WorkflowExecutionDescription): Readonly<Record<string, unknown>> {
  const ours = typedSearchAttributes.getAll().filter(({ key }) => key.name !== 'BuildIds');
  return Object.fromEntries(ours.map(({ key, value }) => [key.name, value]));
}

async function activitiesOf(handle: WorkflowHandle): Promise<readonly string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name ?? [],
  );
}

test('woken in vain without end, it continues as new, goes on waiting, and is invoiced in the end', async () => {
  const workspace = 'stormy';
  const handle = await waitingMonth(workspace);
  await keepHistory('month-that-waits', handle);
  const before = await handle.describe();

  const first = await storm(handle);
  const ended = await first.describe();
  expect(ended.status.name).toBe('CONTINUED_AS_NEW');
  expect(ended.historyLength).toBeLessThan(suggestedAt + 100);
  expect(await activitiesOf(first)).toContain('openNextPeriod');
  await keepHistory('month-after-a-storm', first);

  const second = await handle.describe();
  expect(shown(second)).toEqual({ ...shown(before), BillingStatus: 'waiting' });
  expect(shown(second)).toMatchObject({ WorkspaceId: workspace, BillingPeriod: month, CloseAt: expect.any(Date) });
  // Temporal gives a continued run no static summary; what the workflow itself says names workspace and month, too.
  const { currentDetails } = (await handle.query('__temporal_workflow_metadata')) as { currentDetails: string };
  expect(currentDetails).toMatch(/^\*\*stormy, \w+ \d{4}:\*\* /);
  await storm(handle);

  const { runId } = await handle.describe();
  await report(database.db, appender, { source: workspace, completeThroughMs: monthEndMs(month), nowMs: Date.now() });
  expect(await handle.result()).toMatchObject({ status: 'invoiced', totalCents: '60', because: 'complete' });
  const last = client.workflow.getHandle(handle.workflowId, runId);
  expect(new Set(await activitiesOf(last))).toEqual(new Set(['finalizeInvoice']));
  await keepHistory('month-continued-as-new', last);
  expect(await database.db('billing_periods').where({ workspace_id: workspace })).toHaveLength(2);
}, 60_000);
