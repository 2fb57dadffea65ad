// The collecting of an invoice as a workflow: a Temporal server that skips time, a real Postgres, and the emulator of Stripe.

import { storedOf } from '../../commands/settle-setup';
import { lockWorkspaceRow } from '../../db/locks';
import { storeCustomer } from '../../db/payments/customers';
import { addMethod, endMethod, readActiveMethod } from '../../db/payments/methods';
import { wakeCollectingOf } from '../../db/payments/waking';
import { defaultRetries } from '../../domain/dunning/retries';
import { collectWorkflowId } from '../../domain/ids';
import { dayMs, hourMs, type Month, minuteMs, monthEndMs, monthOf, monthStartMs, nextMonth } from '../../domain/period';
import { paymentsGateway } from '../../gateways/payments/stripe-payments';
import { type Billing, startBilling } from '../harness/billing';
import { countActions, keepHistory } from '../harness/histories';
import { at, putPrices, serving } from '../harness/workspace';
import { openEmulator, type StripeInTest } from '../stripe/emulator';

let billing: Billing;
let emulator: StripeInTest;
let emulatorMs = Date.now();
let gateway: ReturnType<typeof paymentsGateway>;

beforeAll(async () => {
  emulator = await openEmulator({ clock: () => emulatorMs });
  const { url: apiUrl, secretKey } = emulator;
  gateway = paymentsGateway({ apiUrl, secretKey });
  const payments = { apiUrl, secretKey, webhookSecrets: [], callsPerSecond: 100, retries: defaultRetries };
  billing = await startBilling(undefined, { payments, publicUrl: 'https://billing.example.com' });
  await putPrices(billing.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
});
afterAll(async () => {
  await billing?.stop();
  gateway?.close();
  await emulator?.close();
});

async function advanceTo(ms: number): Promise<void> {
  await billing.advanceTo(ms);
  emulatorMs = Math.max(emulatorMs, await billing.clock());
}

async function addCard(workspace: string, name: string): Promise<string> {
  const { db } = billing;
  const nowMs = await billing.clock();
  const known = await db('payment_customers').where({ workspace_id: workspace }).first();
  const customer: string = known?.customer ?? (await emulator.stripe.customers.create({ name: workspace })).id;
  if (known === undefined) await storeCustomer(db, { workspace, customer, nowMs });
  const { id } = await emulator.stripe.paymentMethods.attach(name, { customer });
  const found = await gateway.readPaymentMethod(id);
  const method = found && storedOf(found);
  if (method === undefined) throw new Error(`${name} is no method of ours`);
  await db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    const active = await readActiveMethod(trx, workspace);
    if (active !== undefined) await endMethod(trx, { workspace, method: active.method, state: 'replaced', nowMs });
    await addMethod(trx, { workspace, method, state: 'active', addedAtMs: nowMs, nowMs });
    await wakeCollectingOf(trx, { workspace });
  });
  await billing.settled();
  return id;
}

/** A workspace with some usage, at the first minute of a month. */
async function beginMonth(workspace: string): Promise<Month> {
  const month = nextMonth(monthOf(await billing.clock()));
  await advanceTo(monthStartMs(month));
  await billing.createWorkspace({ id: workspace, startsAtMs: monthStartMs(month) });
  const fromMs = monthStartMs(month) + dayMs;
  await billing.report({ source: workspace, reports: [serving({ workspace, fromMs, toMs: fromMs + hourMs })] });
  return month;
}

async function endMonth(workspace: string, month: Month) {
  await advanceTo(monthEndMs(month) - minuteMs);
  await billing.report({ source: workspace, completeThroughMs: monthEndMs(month) });
  await advanceTo(monthEndMs(month) + 15 * minuteMs);
  const { invoiceId } = (await billing.handleOf({ workspace, month }).result()) as { invoiceId: string };
  return { invoice: invoiceId, handle: billing.client.workflow.getHandle(collectWorkflowId(invoiceId, 0)) };
}

const statusOf = async (invoice: string): Promise<string> =>
  (await billing.db('invoices').where({ id: invoice }).first('status')).status;

test('a month with a card on file is paid minutes after its end, in eight Temporal actions', async () => {
  const workspace = 'card';
  const month = await beginMonth(workspace);
  await addCard(workspace, 'pm_card_visa');
  const { invoice, handle } = await endMonth(workspace, month);
  expect(await handle.result()).toEqual({ kind: 'paid' });
  expect(await statusOf(invoice)).toBe('paid');
  const attributes = (await handle.describe()).typedSearchAttributes.getAll();
  expect(Object.fromEntries(attributes.map(({ key, value }) => [key.name, value]))).toMatchObject({
    WorkspaceId: workspace,
    InvoiceId: invoice,
    AmountDueCents: 60,
  });
  const histories = [await billing.handleOf({ workspace, month }).fetchHistory(), await handle.fetchHistory()];
  expect(histories.map(countActions)).toEqual([6, 2]);
  await keepHistory('invoice-paid-at-once', handle);
});

test('a declined card is tried by the calendar, then the invoice is past due until another comes, weeks later', async () => {
  const workspace = 'ladder';
  const month = await beginMonth(workspace);
  const method = await addCard(workspace, 'pm_card_mastercard');
  const decline = { code: 'card_declined', decline_code: 'insufficient_funds' };
  await emulator.throwSwitch('cards', { paymentMethod: method, decline });
  const { invoice, handle } = await endMonth(workspace, month);
  const details = async () =>
    ((await handle.query('__temporal_workflow_metadata')) as { currentDetails: string }).currentDetails;
  const tried = async (): Promise<readonly number[]> =>
    (await billing.db('payment_attempts').where({ invoice_id: invoice }).orderBy('number')).map(
      ({ made_at }) => made_at as number,
    );
  expect(await details()).toMatch(/waits until the next attempt, as the last was declined; looks again at .+Z/);
  const [first = 0] = await tried();
  await advanceTo(first + 8 * dayMs);
  const hours = (await tried()).map((ms) => Math.round((ms - first) / hourMs));
  expect(hours).toEqual([0, 24, 72, 120, 168]);
  expect(await statusOf(invoice)).toBe('past_due');
  expect(await details()).toMatch(/past due, waits until there is another payment method/);
  await advanceTo(first + 22 * dayMs);
  expect(await tried()).toHaveLength(5);
  await keepHistory('invoice-past-due', handle);
  await addCard(workspace, 'pm_card_visa');
  expect(await handle.result()).toEqual({ kind: 'paid' });
  expect(await statusOf(invoice)).toBe('paid');
  await keepHistory('invoice-paid-after-weeks', handle);
});

test('without a method it waits an hour, and then without a timer', async () => {
  const workspace = 'no-method';
  const month = await beginMonth(workspace);
  const { invoice, handle } = await endMonth(workspace, month);
  expect(await statusOf(invoice)).toBe('issued');
  await advanceTo((await billing.clock()) + 2 * hourMs);
  expect(await statusOf(invoice)).toBe('past_due');
  await advanceTo((await billing.clock()) + 30 * dayMs);
  expect(countActions(await handle.fetchHistory())).toBe(4);
  await keepHistory('invoice-without-method', handle);
});
