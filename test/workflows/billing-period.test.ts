// A workspace's month as a workflow, on a Temporal server that skips time and a real Postgres.

import { requestClose } from '../../db/billing/periods';
import { deliver } from '../../db/outbox';
import { dayMs, hourMs, type Month, minuteMs, monthEndMs, monthOf, monthStartMs, nextMonth } from '../../domain/period';
import { type Billing, startBilling } from '../harness/billing';
import { countActions, keepHistory } from '../harness/histories';
import { at, putPrices, serving } from '../harness/workspace';

const actionsMax = 15;
const spreadMs = 10 * minuteMs;

let billing: Billing;
// The first attempt of these activities does all its work, and then its answer is lost.
const loseAnswerOf = new Set<string>();

beforeAll(async () => {
  billing = await startBilling((activities) => ({
    ...activities,
    billing: {
      ...activities.billing,
      finalizeInvoice: async (period) => {
        const finalized = await activities.billing.finalizeInvoice(period);
        if (loseAnswerOf.delete(period.workspace)) throw new Error('the answer was lost on its way');
        return finalized;
      },
    },
  }));
  await putPrices(billing.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
});

afterAll(() => billing?.stop());

/** A workspace that begins with a month, at its first minute. */
async function beginMonth(workspace: string): Promise<Month> {
  const month = nextMonth(monthOf(await billing.clock()));
  await billing.advanceTo(monthStartMs(month));
  await billing.createWorkspace({ id: workspace, startsAtMs: monthStartMs(month) });
  return month;
}

/** So many minutes from an instant on, which cost a cent each. */
function minutes(workspace: string, fromMs: number, count: number) {
  return serving({ workspace, fromMs, toMs: fromMs + count * minuteMs });
}

async function invoiceOf(workspace: string, month: Month) {
  const invoice = await billing.db('invoices').where({ workspace_id: workspace, month }).first();
  if (invoice === undefined) throw new Error(`${workspace} has no invoice of ${month}`);
  return invoice as { id: string; number: number; issued_at: number; total_cents: bigint; closed_because: string };
}

test('a month whose usage is complete is invoiced minutes after its end, and the next is open by then', async () => {
  const workspace = 'complete';
  const month = await beginMonth(workspace);
  const endMs = monthEndMs(month);
  await billing.report({ source: 'a', reports: [minutes(workspace, monthStartMs(month) + dayMs, 90)] });
  await billing.advanceTo(endMs - minuteMs);
  expect(await billing.statusOf({ workspace, month: nextMonth(month) })).toBe('open');
  await billing.report({ source: 'a', completeThroughMs: endMs });
  await billing.advanceTo(endMs + spreadMs);

  const handle = billing.handleOf({ workspace, month });
  const invoice = await invoiceOf(workspace, month);
  expect(await handle.result()).toEqual({
    status: 'invoiced',
    invoiceId: invoice.id,
    totalCents: '90',
    because: 'complete',
  });
  expect(invoice.issued_at).toBeGreaterThanOrEqual(endMs);
  expect(invoice.issued_at).toBeLessThanOrEqual(endMs + spreadMs);
  expect(countActions(await handle.fetchHistory())).toBe(6);
  await keepHistory('ordinary-month', handle);
});

test('an operator can read what a month is about and what it waits for', async () => {
  const workspace = 'read';
  const month = await beginMonth(workspace);
  const handle = billing.handleOf({ workspace, month });
  const details = async () =>
    ((await handle.query('__temporal_workflow_metadata')) as { currentDetails: string }).currentDetails;
  expect(await details()).toMatch(
    /^\*\*read, \w+ \d{4}:\*\* open; opens the next month at \d{4}-.+Z and closes at \d{4}-.+Z$/,
  );
  await billing.report({ source: 'r', reports: [minutes(workspace, monthStartMs(month), 1)] });
  await billing.advanceTo(monthEndMs(month) + spreadMs);
  expect(await details()).toMatch(/waiting until every source has reported its usage/);

  const attributes = (await handle.describe()).typedSearchAttributes;
  const shown = Object.fromEntries(attributes.getAll().map(({ key, value }) => [key.name, value]));
  expect(shown).toMatchObject({ WorkspaceId: workspace, BillingPeriod: month, BillingStatus: 'waiting' });
  expect(shown['CloseAt']).toBeInstanceOf(Date);
  await billing.report({ source: 'r', completeThroughMs: monthEndMs(month) });
  await handle.result();
  const after = (await handle.describe()).typedSearchAttributes.getAll();
  expect(Object.fromEntries(after.map(({ key, value }) => [key.name, value]))).toMatchObject({
    BillingStatus: 'invoiced',
    InvoiceId: (await invoiceOf(workspace, month)).id,
    AmountDueCents: 1,
  });
});

test('a month with a source behind waits, and the mark that completes it wakes it', async () => {
  const workspace = 'behind';
  const month = await beginMonth(workspace);
  const endMs = monthEndMs(month);
  await billing.report({
    source: 'b1',
    reports: [minutes(workspace, monthStartMs(month), 10)],
    completeThroughMs: endMs,
  });
  await billing.report({ source: 'b2', reports: [minutes(workspace, monthStartMs(month) + hourMs, 10)] });
  await billing.advanceTo(endMs + 6 * hourMs);
  expect(await billing.statusOf({ workspace, month })).toBe('waiting');

  // The source that is ahead goes on and on, and wakes nobody.
  for (let n = 1; n <= 100; n++) await billing.report({ source: 'b1', completeThroughMs: endMs + n * minuteMs });
  await billing.report({ source: 'b2', reports: [minutes(workspace, endMs - hourMs, 60)], completeThroughMs: endMs });
  const handle = billing.handleOf({ workspace, month });
  expect(await handle.result()).toMatchObject({ totalCents: '80', because: 'complete' });
  expect((await invoiceOf(workspace, month)).issued_at).toBeLessThan(endMs + 6 * hourMs + minuteMs);
  expect(countActions(await handle.fetchHistory())).toBe(10);
  await keepHistory('month-that-waited', handle);
});

test('a month whose source stays silent is invoiced 24 hours after its end, and says so', async () => {
  const workspace = 'silent';
  const month = await beginMonth(workspace);
  const endMs = monthEndMs(month);
  await billing.report({ source: 'c', reports: [minutes(workspace, monthStartMs(month), 5)] });
  await billing.advanceTo(endMs + dayMs - minuteMs);
  expect(await billing.statusOf({ workspace, month })).toBe('waiting');
  await billing.advanceTo(endMs + dayMs + minuteMs);
  const handle = billing.handleOf({ workspace, month });
  expect(await handle.result()).toMatchObject({ status: 'invoiced', totalCents: '5', because: 'deadline' });
  expect(countActions(await handle.fetchHistory())).toBeLessThanOrEqual(actionsMax);
  await keepHistory('month-by-deadline', handle);
});

test('the past months of a workspace that starts in the past close in order once they are back-filled', async () => {
  const workspace = 'past';
  const current = nextMonth(monthOf(await billing.clock()));
  await billing.advanceTo(monthStartMs(current) + 5 * dayMs);
  const last = monthOf(monthStartMs(current) - 1);
  const first = monthOf(monthStartMs(last) - 1);
  await billing.createWorkspace({ id: workspace, startsAtMs: monthStartMs(first) });
  await billing.untilStatus({ workspace, month: last }, 'waiting');
  await billing.untilStatus({ workspace, month: first }, 'waiting');
  expect(await billing.statusOf({ workspace, month: current })).toBe('open');

  await billing.report({ source: 'd', reports: [minutes(workspace, monthStartMs(last), 20)] });
  await billing.report({ source: 'd', reports: [minutes(workspace, monthStartMs(first), 10)] });
  await billing.report({ source: 'd', completeThroughMs: await billing.clock() });
  const handles = [first, last].map((month) => billing.handleOf({ workspace, month }));
  await Promise.all(handles.map((handle) => handle.result()));
  expect(await invoiceOf(workspace, first)).toMatchObject({ number: 1, total_cents: 10n, closed_because: 'complete' });
  expect(await invoiceOf(workspace, last)).toMatchObject({ number: 2, total_cents: 20n, closed_because: 'complete' });
  const histories = await Promise.all(handles.map((handle) => handle.fetchHistory()));
  for (const history of histories) expect(countActions(history)).toBeLessThanOrEqual(actionsMax);
  await Promise.all(handles.map((handle, position) => keepHistory(`past-month-${position + 1}`, handle)));
});

test('usage that comes after a month was invoiced is on the next invoice', async () => {
  const workspace = 'late';
  const month = await beginMonth(workspace);
  await billing.report({
    source: 'e',
    reports: [minutes(workspace, monthStartMs(month), 30)],
  });
  await billing.advanceTo(monthEndMs(month) - minuteMs);
  await billing.report({ source: 'e', completeThroughMs: monthEndMs(month) });
  await billing.advanceTo(monthEndMs(month) + spreadMs);
  expect(await invoiceOf(workspace, month)).toMatchObject({ total_cents: 30n });

  const next = nextMonth(month);
  await billing.report({ source: 'e', reports: [minutes(workspace, monthStartMs(month) + dayMs, 7)] });
  await billing.report({ source: 'e', reports: [minutes(workspace, monthStartMs(next) + dayMs, 100)] });
  await billing.advanceTo(monthEndMs(next) - minuteMs);
  await billing.report({ source: 'e', completeThroughMs: monthEndMs(next) });
  await billing.advanceTo(monthEndMs(next) + spreadMs);
  expect(await invoiceOf(workspace, next)).toMatchObject({ number: 2, total_cents: 107n });
  expect(await invoiceOf(workspace, month)).toMatchObject({ total_cents: 30n });
});

test('a month without usage is closed without an invoice', async () => {
  const workspace = 'idle';
  const month = await beginMonth(workspace);
  await billing.advanceTo(monthEndMs(month) + dayMs + minuteMs);
  const handle = billing.handleOf({ workspace, month });
  expect(await handle.result()).toEqual({ status: 'empty', because: 'deadline' });
  const attributes = (await handle.describe()).typedSearchAttributes.getAll();
  expect(attributes.find(({ key }) => key.name === 'BillingStatus')?.value).toBe('empty');
  await keepHistory('month-without-usage', handle);
});

test('a month closed early has its invoice at once, the next month open, and what follows on the next invoice', async () => {
  const workspace = 'early';
  const month = await beginMonth(workspace);
  await billing.report({ source: 'f', reports: [minutes(workspace, monthStartMs(month), 40)] });
  await billing.advanceTo(monthStartMs(month) + 10 * dayMs);
  await billing.db.transaction(async (trx) => {
    await requestClose(trx, { workspace, month, nowMs: monthStartMs(month) + 10 * dayMs });
    await deliver(trx, [{ kind: 'signal', type: 'billingPeriod', signal: 'closeRequested', to: { workspace, month } }]);
  });
  const handle = billing.handleOf({ workspace, month });
  expect(await handle.result()).toMatchObject({ totalCents: '40', because: 'requested' });
  const next = nextMonth(month);
  expect(await billing.statusOf({ workspace, month: next })).toBe('open');
  await keepHistory('month-closed-early', handle);

  await billing.report({ source: 'f', reports: [minutes(workspace, monthStartMs(month) + 20 * dayMs, 2)] });
  await billing.advanceTo(monthEndMs(next) - minuteMs);
  await billing.report({ source: 'f', completeThroughMs: monthEndMs(next) });
  await billing.advanceTo(monthEndMs(next) + spreadMs);
  expect(await invoiceOf(workspace, next)).toMatchObject({ number: 2, total_cents: 2n });
});

test('an invoice whose answer was lost is answered again, and issued once', async () => {
  const workspace = 'lost';
  const month = await beginMonth(workspace);
  loseAnswerOf.add(workspace);
  await billing.report({ source: 'g', reports: [minutes(workspace, monthStartMs(month), 3)] });
  await billing.advanceTo(monthEndMs(month) - minuteMs);
  await billing.report({ source: 'g', completeThroughMs: monthEndMs(month) });
  await billing.advanceTo(monthEndMs(month) + spreadMs);
  const handle = billing.handleOf({ workspace, month });
  const result = await handle.result();
  expect(loseAnswerOf.size).toBe(0);
  expect(result).toMatchObject({ invoiceId: (await invoiceOf(workspace, month)).id, totalCents: '3' });
  expect(await billing.db('invoices').where({ workspace_id: workspace })).toHaveLength(1);
});
