// What a back-end team asks through Temporal, against a Temporal dev server, the worker as it is run, and a real Postgres.

import { randomBytes } from 'node:crypto';
import { Client, Connection, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { pino } from 'pino';
import {
  billingPeriodOf,
  closeBillingPeriod,
  collectInvoice,
  collectingOf,
  ensureGuard,
  openBillingPeriod,
  previewInvoice,
  resendEmail,
  sendingOf,
  standingOfCollecting,
  standingOfGuard,
  standingOfPeriod,
  timetable,
} from '../../client/temporal';
import { UsageAppender } from '../../db/intake/reports';
import { invoiceIssuedKey } from '../../domain/ids';
import { hourMs, minuteMs, monthOf, monthStartMs, nextMonth, previousMonth } from '../../domain/period';
import { freePort } from '../../sandbox/ports';
import { runWorkerProgram } from '../../workers/program';
import { quietTemporal } from '../harness/billing';
import { testConfig } from '../harness/config';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testServers } from '../harness/environment';
import { keepHistory } from '../harness/histories';
import { until } from '../harness/until';
import { workflowBundle } from '../harness/workflow-bundle';
import { at, createWorkspace, putPrices, report, serving } from '../harness/workspace';
import { startInbox, type TestInbox } from '../sandbox/mail/inbox';

const workspace = 'acme';
const by = 'platform team';
const startedMs = Date.now();
const month = monthOf(startedMs);
const startsAtMs = monthStartMs(previousMonth(month));

let database: TestDatabase;
let inbox: TestInbox;
let connection: Connection;
let client: Client;
let running: Promise<void>;
const stopping = new AbortController();

beforeAll(async () => {
  quietTemporal();
  const { temporalAddress } = testServers();
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  [database, inbox] = await Promise.all([createTestDatabase(), startInbox()]);
  connection = await Connection.connect({ address: temporalAddress });
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  client = new Client({ connection, namespace });
  running = runWorkerProgram({
    config: testConfig({
      databaseUrl: database.url,
      temporalAddress,
      temporalNamespace: namespace,
      metricsPort: await freePort(),
      mail: { smtpUrl: inbox.smtpUrl, from: { address: 'billing@example.com' }, attachmentBytesMax: 2_000_000 },
      mailPerSecond: 1000,
      seller: { name: 'Example, Inc.', addressLines: [], taxIds: [] },
    }),
    log: pino({ level: 'silent' }),
    workflows: { workflowBundle: await workflowBundle() },
    identity: 'test',
    stopping: stopping.signal,
  });
  await putPrices(database.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
  await createWorkspace(database.db, { id: workspace, startsAtMs, nowMs: startedMs });
  const reports = [startsAtMs, monthStartMs(month)].map((fromMs) =>
    serving({ workspace, fromMs: fromMs + hourMs, toMs: fromMs + hourMs + 90 * minuteMs }),
  );
  await report(database.db, new UsageAppender(), {
    source: 'cluster',
    reports,
    completeThroughMs: monthStartMs(month),
    nowMs: startedMs,
  });
});

afterAll(async () => {
  stopping.abort();
  await running;
  for (const name of ['meterUsage', 'mend']) await client?.schedule.getHandle(name).delete();
  await connection?.close();
  await inbox?.stop();
  await database?.drop();
});

const invoiceOf = async (handle: ReturnType<typeof billingPeriodOf>) => {
  const outcome = await handle.result();
  if (outcome.status !== 'invoiced') throw new Error(`expected an invoice, came ${outcome.status}`);
  return outcome.invoiceId;
};

test('a month whose usage is complete has its invoice as the result of its workflow', async () => {
  const handle = billingPeriodOf(client, { workspace, month: previousMonth(month) });
  await until('it is there', () =>
    handle.describe().then(
      () => true,
      () => false,
    ),
  );
  expect(await handle.result()).toMatchObject({ status: 'invoiced', totalCents: '90', because: 'complete' });
  expect(await standingOfPeriod(client, { workspace, month: previousMonth(month) })).toEqual({ state: 'closed' });
});

test('opened again, a month that runs is the one that runs', async () => {
  const period = timetable({ workspace, month }, { closeSpreadMs: 0, isNextOpen: false });
  const before = await billingPeriodOf(client, { workspace, month }).describe();
  const handle = await openBillingPeriod(client, period);
  expect((await handle.describe()).runId).toBe(before.runId);
  expect(await standingOfPeriod(client, { workspace, month })).toEqual({
    state: 'open',
    until: expect.stringMatching(/^\d{4}-\d{2}-01T/),
  });
});

test('a preview says what the coming invoice would, as often as it is asked', async () => {
  const previews = await Promise.all([
    previewInvoice(client, { workspace }),
    previewInvoice(client, { workspace }),
    previewInvoice(client, { workspace, month }),
  ]);
  for (const preview of previews) expect(preview).toMatchObject({ workspace, period: month, total: '0.90' });
  await keepHistory('invoice-previewed', client.workflow.getHandle(`preview:${workspace}:${month}`));
  await expect(previewInvoice(client, { workspace: 'nobody' })).rejects.toMatchObject({
    cause: { cause: { type: 'not_found' } },
  });
});

test('a month is closed early through its workflow, noted with who asked, and again changes nothing', async () => {
  const nobody = closeBillingPeriod(client, { workspace, month, by: '\n' });
  await expect(nobody).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
  const [handle] = await Promise.all([1, 2, 3].map(() => closeBillingPeriod(client, { workspace, month, by })));
  expect(await handle?.result()).toMatchObject({ status: 'invoiced', totalCents: '90', because: 'requested' });
  if (handle) await keepHistory('month-closed-by-update', handle);
  const again = await closeBillingPeriod(client, { workspace, month, by });
  expect(await again.result()).toEqual(await handle?.result());
  const entries = await database.db('audit_log').where({ workspace_id: workspace, action: 'period.close_requested' });
  expect(entries.length).toBeGreaterThan(0);
  expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set([`temporal:${by}`]));
});

test('a month that has not begun is not closed, and one that is not there is nobody', async () => {
  const next = nextMonth(month);
  await until('the next is open', () =>
    standingOfPeriod(client, { workspace, month: next }).then(
      () => true,
      () => false,
    ),
  );
  const refused = await closeBillingPeriod(client, { workspace, month: next, by }).catch((error: Error) => error);
  expect(refused).toMatchObject({ cause: { cause: { type: 'conflict' } } });
  await expect(closeBillingPeriod(client, { workspace: 'nobody', month, by })).rejects.toBeInstanceOf(
    WorkflowNotFoundError,
  );
});

test('an invoice is collected now: the workflow that is missing is started, and the one that runs looks again', async () => {
  const invoice = await invoiceOf(billingPeriodOf(client, { workspace, month }));
  const collecting = { workspace, invoice, run: 0, amountDueCents: '90' };
  const handle = await collectInvoice(client, collecting);
  expect((await collectInvoice(client, collecting)).workflowId).toBe(handle.workflowId);
  await until('it has looked', async () => (await standingOfCollecting(client, { invoice })) !== undefined);
  expect(await standingOfCollecting(client, { invoice })).toMatchObject({ kind: 'waiting' });
  expect(collectingOf(client, { invoice }).workflowId).toBe(`collect:${invoice}`);
  await collectingOf(client, { invoice }).terminate('the test is over');
});

test('a guard is ensured: one a workspace, which says how it stands', async () => {
  const [one, other] = await Promise.all([ensureGuard(client, { workspace }), ensureGuard(client, { workspace })]);
  expect((await one.describe()).runId).toBe((await other.describe()).runId);
  await until('it has judged', async () => (await standingOfGuard(client, { workspace })) !== undefined);
  expect(await standingOfGuard(client, { workspace })).toMatchObject({
    state: expect.stringMatching(/ok|low|suspended/),
  });
  await one.terminate('the test is over');
});

test('an e-mail is sent again once a key', async () => {
  const email = invoiceIssuedKey(await invoiceOf(billingPeriodOf(client, { workspace, month })));
  await until('its sending has begun', () =>
    sendingOf(client, { email })
      .describe()
      .then(
        () => true,
        () => false,
      ),
  );
  await sendingOf(client, { email }).result();
  await inbox.clear();
  const asked = { email, to: 'all', by, key: 'support-17' } as const;
  expect(await Promise.all([resendEmail(client, asked), resendEmail(client, asked)])).toEqual([
    { isSent: true },
    { isSent: true },
  ]);
  await until('it is sent', async () => (await inbox.messages()).length > 0);
  expect(await sendingOf(client, { email, round: 1 }).result()).toEqual({ sent: 1, failed: 0 });
  expect(await resendEmail(client, asked)).toEqual({ isSent: true });
  await keepHistory('email-put-up-again', client.workflow.getHandle(`resend:${email}:${asked.key}`));
  expect(await inbox.messages()).toHaveLength(1);
  await expect(resendEmail(client, { ...asked, email: 'nothing', key: 'k' })).rejects.toMatchObject({
    cause: { cause: { type: 'not_found' } },
  });
});
