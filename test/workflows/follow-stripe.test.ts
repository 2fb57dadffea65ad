// What follows Stripe, as workflows: a Temporal server that skips time, a real Postgres, and the emulator.

import { receiveStripeEvents } from '../../commands/receive-stripe-events';
import { storedOf } from '../../commands/settle-setup';
import { deliver } from '../../db/outbox';
import { storeCustomer } from '../../db/payments/customers';
import { addMethod } from '../../db/payments/methods';
import { defaultRetries } from '../../domain/dunning/retries';
import { detachWorkflowId, stripeEventWorkflowId } from '../../domain/ids';
import type { StoredMethod } from '../../domain/payment-method';
import { hourMs } from '../../domain/period';
import { paymentsGateway } from '../../gateways/payments/stripe-payments';
import { type Billing, startBilling } from '../harness/billing';
import { countActions, keepHistory } from '../harness/histories';
import { openEmulator, type StripeInTest } from '../stripe/emulator';

let billing: Billing;
let emulator: StripeInTest;
let gateway: ReturnType<typeof paymentsGateway>;
let customer: string;

beforeAll(async () => {
  emulator = await openEmulator();
  const { url: apiUrl, secretKey } = emulator;
  gateway = paymentsGateway({ apiUrl, secretKey });
  const payments = { apiUrl, secretKey, webhookSecrets: [], callsPerSecond: 100, retries: defaultRetries };
  billing = await startBilling(undefined, { payments, publicUrl: 'https://billing.example.com' });
  await billing.createWorkspace({ id: 'acme' });
  customer = (await emulator.stripe.customers.create({ name: 'Acme' })).id;
  await storeCustomer(billing.db, { workspace: 'acme', customer, nowMs: await billing.clock() });
});
afterAll(async () => {
  await billing?.stop();
  gateway?.close();
  await emulator?.close();
});

async function attach(): Promise<StoredMethod> {
  const { id } = await emulator.stripe.paymentMethods.attach('pm_card_visa', { customer });
  const found = await gateway.readPaymentMethod(id);
  const method = found && storedOf(found);
  if (method === undefined) throw new Error(`${id} is not at the emulator`);
  return method;
}

/** Puts a card that is not on file any more. */
async function replace(method: StoredMethod): Promise<void> {
  const nowMs = await billing.clock();
  const of = { workspace: 'acme', method: method.method };
  await billing.db.transaction(async (trx) => {
    await addMethod(trx, { workspace: 'acme', method, state: 'replaced', addedAtMs: nowMs, nowMs });
    await deliver(trx, [{ kind: 'start', type: 'detachMethod', arguments: of }]);
  });
  await billing.settled();
}

const isAttached = async (id: string) => (await emulator.stripe.paymentMethods.retrieve(id)).customer !== null;

test('an event is applied by a workflow under its own key, in two actions, however often it comes', async () => {
  const stored = await attach();
  const { method } = stored;
  const nowMs = await billing.clock();
  await billing.db.transaction((trx) =>
    addMethod(trx, { workspace: 'acme', method: stored, state: 'active', addedAtMs: nowMs, nowMs }),
  );
  await emulator.stripe.paymentMethods.detach(method);
  const { items } = await gateway.events({ fromMs: 0 });
  for (let time = 0; time < 2; time++) {
    const received = { events: items, cameBy: 'webhook', nowMs } as const;
    await billing.db.transaction((trx) => receiveStripeEvents(trx, received, { isLive: false }));
    await billing.settled();
  }
  const event = items.find(({ type }) => type === 'payment_method.detached')?.id ?? '';
  const handle = billing.client.workflow.getHandle(stripeEventWorkflowId(event));
  expect(await handle.result()).toBe('applied');
  expect(countActions(await handle.fetchHistory())).toBe(2);
  expect(await billing.db('stripe_events').where({ event }).first('state')).toEqual({ state: 'applied' });
  expect(await billing.db('payment_methods').where({ method }).first('state')).toEqual({ state: 'removed' });
  await keepHistory('stripe-event-applied', handle);
});

test('a method that is out of use is detached at once, in two actions', async () => {
  const stored = await attach();
  const { method } = stored;
  await replace(stored);
  const handle = billing.client.workflow.getHandle(detachWorkflowId(method));
  await handle.result();
  expect(await isAttached(method)).toBe(false);
  expect(countActions(await handle.fetchHistory())).toBe(2);
  await keepHistory('method-detached', handle);
});

test('what is under way with it is waited for', async () => {
  // No invoice is needed here.
  await billing.db.raw(`alter table payment_attempts drop constraint payment_attempts_workspace_id_invoice_id_fkey`);
  const nowMs = await billing.clock();
  const method = await attach();
  const { method: id } = method;
  const attempt = { workspace_id: 'acme', invoice_id: 'i', number: 1 };
  await billing.db('payment_attempts').insert({
    ...attempt,
    kind: 'charge',
    amount_cents: '100',
    method: id,
    body: '{}',
    state: 'processing',
    made_at: new Date(nowMs).toISOString(),
  });
  await replace(method);
  await billing.advanceTo(nowMs + 13 * hourMs);
  expect(await isAttached(id)).toBe(true);
  await billing
    .db('payment_attempts')
    .where(attempt)
    .update({ state: 'declined', settled_at: new Date(nowMs).toISOString() });
  await billing.advanceTo(nowMs + 19 * hourMs);
  const handle = billing.client.workflow.getHandle(detachWorkflowId(id));
  await handle.result();
  expect(await isAttached(id)).toBe(false);
  await keepHistory('method-detached-after-a-debit', handle);
});

test.each(['sweepStripeEvents', 'rereadPayments'])('%s goes through in two actions', async (type) => {
  const handle = await billing.client.workflow.start(type, { workflowId: type, taskQueue: 'stripe' });
  await handle.result();
  expect(countActions(await handle.fetchHistory())).toBe(2);
  await keepHistory(type === 'rereadPayments' ? 'payments-reread' : 'stripe-events-swept', handle);
});
