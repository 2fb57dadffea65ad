// A month's end whose charges wait for their turn at Stripe: invoices and e-mails do not wait behind them.

import { closePeriodEarly } from '../../commands/close-period';
import { storedOf } from '../../commands/settle-setup';
import { lockWorkspaceRow } from '../../db/locks';
import { storeCustomer } from '../../db/payments/customers';
import { addMethod } from '../../db/payments/methods';
import { defaultRetries } from '../../domain/dunning/retries';
import { dayMs, hourMs, minuteMs, monthEndMs, monthOf, monthStartMs, nextMonth } from '../../domain/period';
import { paymentsGateway } from '../../gateways/payments/stripe-payments';
import { type Billing, startBilling } from '../harness/billing';
import { until } from '../harness/until';
import { at, putPrices, serving } from '../harness/workspace';
import { openEmulator, type StripeInTest } from '../stripe/emulator';

const workspaces = Array.from({ length: 8 }, (_, nth) => `paced-${nth}`);

let billing: Billing;
let emulator: StripeInTest;
beforeAll(async () => {
  emulator = await openEmulator();
  const { url: apiUrl, secretKey } = emulator;
  const payments = { apiUrl, secretKey, webhookSecrets: [], callsPerSecond: 1, retries: defaultRetries };
  billing = await startBilling(undefined, { payments, publicUrl: 'https://billing.example.com' });
  await putPrices(billing.db, { instanceType: 'T4x1', points: [{ fromMs: at('2020'), usdPerMinute: '0.01' }] });
});
afterAll(async () => {
  await billing?.stop();
  await emulator?.close();
});

async function addCard(workspace: string, gateway: ReturnType<typeof paymentsGateway>): Promise<void> {
  const nowMs = await billing.clock();
  const { id: customer } = await emulator.stripe.customers.create({ name: workspace });
  await storeCustomer(billing.db, { workspace, customer, nowMs });
  const { id } = await emulator.stripe.paymentMethods.attach('pm_card_visa', { customer });
  const found = await gateway.readPaymentMethod(id);
  const method = found && storedOf(found);
  if (method === undefined) throw new Error('expected a card');
  await billing.db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    await addMethod(trx, { workspace, method, state: 'active', addedAtMs: nowMs, nowMs });
  });
}

test('while charges take their turn, one a second, all invoices are issued, and no call is too many', async () => {
  const gateway = paymentsGateway({ apiUrl: emulator.url, secretKey: emulator.secretKey, callsPerSecond: 100 });
  const month = nextMonth(monthOf(await billing.clock()));
  await billing.advanceTo(monthStartMs(month));
  const fromMs = monthStartMs(month) + dayMs;
  for (const workspace of workspaces) {
    await billing.createWorkspace({ id: workspace, startsAtMs: monthStartMs(month) });
    await addCard(workspace, gateway);
    const reports = [serving({ workspace, fromMs, toMs: fromMs + hourMs })];
    await billing.report({ source: 'cluster', reports });
  }
  gateway.close();
  await billing.report({ source: 'cluster', completeThroughMs: monthEndMs(month) });
  const before = (await emulator.read('calls')) as { total: number };
  // Asked for together, as skipping time would wait for each charge before the next month ends.
  await billing.advanceTo(monthEndMs(month) - minuteMs);
  const author = { actor: 'test', nowMs: await billing.clock() };
  await billing.db.transaction(async (trx) => {
    for (const workspace of workspaces) await closePeriodEarly(trx, { workspace, month, author });
  });
  for (const workspace of workspaces) await billing.untilStatus({ workspace, month }, 'invoiced');
  const paid = async () => (await billing.db('invoices').where({ status: 'paid' })).length;
  expect(await paid()).toBeLessThan(workspaces.length);
  await until('all are paid', async () => (await paid()) === workspaces.length);
  const { total } = (await emulator.read('calls')) as { total: number };
  expect(total - before.total).toBe(workspaces.length);
}, 60_000);
