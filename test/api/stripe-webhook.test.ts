// Webhooks as the emulator sends them, over a socket and signed: in disorder, twice, not at all, and forged.

import { rereadPayments } from '../../commands/reread-payments';
import { sweepStripeEvents } from '../../commands/sweep-stripe-events';
import { until } from '../harness/until';
import { openEmulator } from '../stripe/emulator';
import { fillCheckout } from '../stripe/fill-checkout';
import { invoiceId, type PayingBook, startMs, startPayingBook } from './paying-book';

let book: PayingBook;
beforeEach(async () => {
  book = await startPayingBook();
  await book.listen();
  await book.issue();
});
afterEach(() => book.close());

const pay = async (of = book) => {
  const link = await of.link({ task: 'pay', invoice: invoiceId() });
  return fillCheckout((await of.press(link)).url, { number: '4242424242424242' });
};
const addCard = async (of = book) =>
  fillCheckout((await of.press(await of.link({ task: 'method' }))).url, {
    number: '4242424242424242',
  });
const inbox = (of = book) => of.db('stripe_events').orderBy('type').select('type', 'state', 'came_by', 'workspace_id');
const states = async (of = book) => (await inbox(of)).map(({ type, state }) => `${type} ${state}`);
const untilStored = (count: number, of = book) =>
  until(`${count} events are stored`, async () => (await inbox(of)).length >= count);
const status = async () => (await book.db('invoices').where({ id: invoiceId() }).first('status')).status;
const paidOf = ['checkout.session.completed', 'payment_intent.succeeded'];

test('an invoice that was paid is known by its events alone, each of which is applied once', async () => {
  await pay();
  await untilStored(2);
  expect(await inbox()).toEqual(
    paidOf.map((type) => ({ type, state: 'waiting', came_by: 'webhook', workspace_id: 'acme' })),
  );
  const applied = await book.applyEvents();
  expect([...applied].sort()).toEqual(paidOf.map((type) => [type, 'applied']));
  expect(await status()).toBe('paid');
  expect(await book.db('payments').count({ payments: '*' })).toEqual([{ payments: 1n }]);
  expect(await book.applyEvents()).toEqual([]);
  const { event } = await book.db('stripe_events').first('event');
  expect(await book.activities.stripe.applyEvent({ event })).toBe('done');
});

test('what our rows hold already starts nothing', async () => {
  await book.emulator.throwSwitch('webhooks', { pause: true });
  const { ledTo } = await pay();
  await book.app.inject({ method: 'GET', url: new URL(ledTo ?? '').pathname });
  expect(await status()).toBe('paid');
  await book.emulator.throwSwitch('webhooks', { pause: false });
  await untilStored(2);
  expect(await states()).toEqual(paidOf.map((type) => `${type} known`));
  expect(await book.applyEvents()).toEqual([]);
});

test('sent twice and in disorder they are stored once, and come to the same', async () => {
  await book.emulator.throwSwitch('webhooks', { duplicate: true, shuffle: true });
  await addCard();
  await pay();
  // What is to be shuffled has to wait for a quarter of a second.
  book.advance(1000);
  await untilStored(4);
  await book.applyEvents();
  expect(await status()).toBe('paid');
  expect((await book.call('GET', '/v1/workspaces/acme/payment-method')).body).toMatchObject({ last4: '4242' });
  const stored = (await inbox()).map(({ type }) => type);
  expect(stored.filter((type) => type === 'checkout.session.completed')).toHaveLength(2);
  expect(new Set(stored)).toEqual(new Set([...paidOf, 'setup_intent.succeeded']));
  expect(await book.db('payments').count({ payments: '*' })).toEqual([{ payments: 1n }]);
});

test('what no webhook brought is found by listing, from where the last one ended less an hour', async () => {
  await sweepStripeEvents(book.charging);
  await book.emulator.throwSwitch('webhooks', { drop: true });
  await pay();
  book.advance(26 * 3_600_000);
  expect(await sweepStripeEvents(book.charging)).toMatchObject({ listed: 2, missed: 2 });
  expect(await sweepStripeEvents(book.charging)).toMatchObject({ missed: 0 });
  expect((await inbox()).map(({ came_by }) => came_by)).toEqual(['list', 'list']);
  await book.applyEvents();
  expect(await status()).toBe('paid');
  const { listed_through } = await book.db('stripe_cursor').first('listed_through');
  expect(listed_through).toBe(book.nowMs());
});

test('what came to an end and was never told of is read anew', async () => {
  await book.emulator.throwSwitch('webhooks', { drop: true });
  await addCard();
  await pay();
  expect(await rereadPayments(book.charging)).toEqual({ attempts: 0, sessions: 0, refunds: 0, events: 0 });
  book.advance(26 * 3_600_000);
  await book.emulator.throwSwitch('faults', { on: 'GET /v1/checkout/sessions/:id', kind: 'error_before', times: 1 });
  await expect(rereadPayments(book.charging)).rejects.toThrow('1 of 2 overdue payments could not be read again');
  await rereadPayments(book.charging);
  expect(await status()).toBe('paid');
  expect((await book.call('GET', '/v1/workspaces/acme/payment-method')).body).toMatchObject({ last4: '4242' });
  expect(await rereadPayments(book.charging)).toEqual({ attempts: 0, sessions: 0, refunds: 0, events: 0 });
});

test('an event whose workflow was lost is started again within the hour', async () => {
  await pay();
  await untilStored(2);
  await book.db('outbox').delete();
  book.advance(3_600_001);
  expect(await rereadPayments(book.charging)).toMatchObject({ events: 2 });
  expect(await rereadPayments(book.charging)).toMatchObject({ events: 0 });
  await book.applyEvents();
  expect(await status()).toBe('paid');
});

test('a payment that somebody else has made for our customer is left alone', async () => {
  await addCard();
  const { customer } = await book.db('payment_customers').first('customer');
  const [method] = (await book.emulator.stripe.customers.listPaymentMethods(customer)).data;
  const byHand = {
    amount: 500,
    currency: 'usd',
    customer,
    payment_method: method?.id ?? '',
    confirm: true,
    off_session: true,
  };
  await book.emulator.stripe.paymentIntents.create(byHand);
  const metadata = { workspace: 'acme', invoice: invoiceId(), attempt: 'first' };
  await book.emulator.stripe.paymentIntents.create({ ...byHand, metadata });
  await untilStored(4);
  const applied = await book.applyEvents();
  expect(applied.filter(([type]) => type === 'payment_intent.succeeded')).toEqual(
    Array(2).fill(['payment_intent.succeeded', 'foreign']),
  );
  expect(await book.db('payments').count({ payments: '*' })).toEqual([{ payments: 0n }]);
});

test('a listing of many pages is read to its end', async () => {
  await sweepStripeEvents(book.charging);
  await book.emulator.throwSwitch('webhooks', { drop: true });
  await addCard();
  const { customer } = await book.db('payment_customers').first('customer');
  const [method] = (await book.emulator.stripe.customers.listPaymentMethods(customer)).data;
  for (let time = 0; time < 130; time++) {
    await book.emulator.stripe.paymentMethods.update(method?.id ?? '', { metadata: { time } });
  }
  const { listed } = await sweepStripeEvents(book.charging);
  expect(listed).toBeGreaterThan(130);
  expect(await inbox()).toHaveLength(listed);
}, 60_000);

test('an attempt whose worker died after the money was taken is rebuilt by the event alone', async () => {
  await addCard();
  await book.emulator.throwSwitch('webhooks', { drop: true });
  const { customer } = await book.db('payment_customers').first('customer');
  const [method] = (await book.emulator.stripe.customers.listPaymentMethods(customer)).data;
  const marks = { workspace: 'acme', invoice: invoiceId(), attempt: '1' };
  await book.db('payment_attempts').insert({
    workspace_id: 'acme',
    invoice_id: invoiceId(),
    number: 1,
    kind: 'charge',
    amount_cents: '600',
    method: method?.id ?? '',
    method_type: 'card',
    body: JSON.stringify({ ...marks, pays: [invoiceId()] }),
    state: 'sending',
    made_at: new Date(book.nowMs()).toISOString(),
    sent_at: new Date(book.nowMs()).toISOString(),
  });
  await book.emulator.throwSwitch('webhooks', { drop: false });
  await book.charging.payments.charge({
    ...marks,
    customer,
    paymentMethod: { id: method?.id ?? '', type: 'card' },
    amountCents: 600n as never,
    description: 'Invoice acme-0001',
    idempotencyKey: `charge/${invoiceId()}/1`,
    usage: 'recurring',
  });
  await until('the event is stored', async () => (await states()).includes('payment_intent.succeeded waiting'));
  await book.applyEvents();
  expect(await status()).toBe('paid');
  expect(await book.db('payment_attempts').select('state')).toEqual([{ state: 'paid' }]);
});

test('a card that its network has replaced is taken over, and what is unpaid is tried again', async () => {
  const { ledTo } = await addCard();
  await book.app.inject({ method: 'GET', url: new URL(ledTo ?? '').pathname });
  const { method } = await book.db('payment_methods').first('method');
  await book.db('outbox').delete();
  await book.emulator.throwSwitch(`cards/${method}/update`, { last4: '1881', exp_month: 7, exp_year: 2031 });
  await until('the event is stored', async () => (await states()).some((each) => each.startsWith('payment_method.')));
  await book.applyEvents();
  const { body } = await book.call('GET', '/v1/workspaces/acme/payment-method');
  expect(body).toMatchObject({ expMonth: expect.any(Number), last4: expect.not.stringMatching('4242') });
  const woken = await book.db('outbox').where({ workflow_type: 'collectPayment' }).select('signal_name');
  expect(woken).toEqual([{ signal_name: 'woken' }]);
});

test('a method that somebody detached at Stripe is not on file any more', async () => {
  const { ledTo } = await addCard();
  await book.app.inject({ method: 'GET', url: new URL(ledTo ?? '').pathname });
  const { method } = await book.db('payment_methods').first('method');
  await book.emulator.stripe.paymentMethods.detach(method);
  await until('the event is stored', async () => (await states()).includes('payment_method.detached waiting'));
  expect(await book.applyEvents()).toContainEqual(['payment_method.detached', 'applied']);
  expect((await book.call('GET', '/v1/workspaces/acme/payment-method')).status).toBe(404);
  expect(await book.db('payment_methods').first('state', 'detached_at')).toEqual({
    state: 'removed',
    detached_at: book.nowMs(),
  });
});

test('of two Minutebooks on one account each applies its own, and keeps the other apart', async () => {
  const shared = await openEmulator({ clock: () => startMs });
  const one = await startPayingBook(shared);
  const other = await startPayingBook(shared);
  try {
    for (const each of [one, other]) {
      await each.listen();
      await each.issue();
    }
    await pay(one);
    for (const each of [one, other]) await untilStored(2, each);
    expect(await states(other)).toEqual(paidOf.map((type) => `${type} foreign`));
    expect(await other.applyEvents()).toEqual([]);
    expect((await one.applyEvents()).map(([, outcome]) => outcome)).toEqual(['applied', 'applied']);
    expect(await other.db('payments').count({ payments: '*' })).toEqual([{ payments: 0n }]);
  } finally {
    await one.close();
    await other.close();
    await shared.close();
  }
}, 30_000);
