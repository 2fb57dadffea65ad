// Refunds and disputes over HTTP, with Stripe's events as the emulator sends them.
import type { CreditNote } from '../../contract/credit-notes';
import type { Invoice } from '../../contract/invoices';
import type { PaymentsHealth } from '../../contract/payments';
import type { Refund } from '../../contract/refunds';
import { dayMs } from '../../domain/period';
import { until } from '../harness/until';
import { fillCheckout } from '../stripe/fill-checkout';
import type { Problem } from './minutebook';
import { invoiceId, type PayingBook, startPayingBook } from './paying-book';

let book: PayingBook;
beforeEach(async () => {
  book = await startPayingBook();
  await book.issue();
  await book.listen();
});
afterEach(() => book.close());

/** The invoice of $6.00 is paid by a card, and what Stripe tells of that is applied. */
async function pay(number = '4242424242424242'): Promise<void> {
  const { url } = await book.press(await book.link({ task: 'pay', invoice: invoiceId() }));
  await fillCheckout(url, { number });
  await hear('payment_intent.succeeded');
}

/** Waits until Stripe has told of this, and applies all that it told. */
async function hear(type: string): Promise<void> {
  await until(`${type} is stored`, async () => (await book.db('stripe_events').where({ type })).length > 0);
  for (const [, outcome] of await book.applyEvents()) expect(outcome).toBe('applied');
}

const refundsAt = `/v1/invoices/${invoiceId()}/refunds`;
const refund = (body: object) =>
  book.call<Refund>('POST', refundsAt, { body: { key: 'r1', reason: 'It was down', amount: '2.50', ...body } });
const invoice = async () => (await book.call<Invoice>('GET', `/v1/invoices/${invoiceId()}`)).body;
const refunds = async () => (await book.call<{ items: Refund[] }>('GET', refundsAt)).body.items;
const send = (key = 'r1') => book.activities.stripe.sendRefund({ workspace: 'acme', key });
const health = async () => (await book.call<PaymentsHealth>('GET', '/health/payments')).body;

test('a refund is begun, sent, listed and known by its credit note', async () => {
  await pay();
  const { status, body } = await refund({});
  expect(status).toBe(201);
  expect(body).toMatchObject({
    ...{ key: 'r1', invoice: invoiceId(), workspace: 'acme', amount: '2.50', reason: 'It was down', because: 'asked' },
    ...{ creditNote: 'cn:acme:1', state: 'pending' },
    parts: [{ number: 1, method: 'Visa ending 4242', amount: '2.50', state: 'sending' }],
  });
  expect(await refund({})).toMatchObject({ status: 200, body });
  await send();
  const [shown] = await refunds();
  expect(shown).toMatchObject({
    state: 'succeeded',
    parts: [{ state: 'succeeded', refund: expect.stringMatching(/^re_/) }],
  });
  expect(await invoice()).toMatchObject({
    ...{ status: 'paid', paid: '6.00', refunded: '2.50', credited: '2.50', remaining: '0.00', toRefund: '0.00' },
  });
  const { body: note } = await book.call<CreditNote>('GET', '/v1/credit-notes/cn:acme:1');
  expect(note).toMatchObject({
    kind: 'refund',
    amount: '2.50',
    toRefund: '2.50',
    lines: [{ kind: 'refund', amount: '2.50' }],
  });
  await until(
    'its event came',
    async () => (await book.db('stripe_events').where({ type: 'refund.created' })).length > 0,
  );
  // It may come before what was answered is written down: then it is applied, and finds nothing new.
  const { state } = await book.db('stripe_events').where({ type: 'refund.created' }).first('state');
  expect(['known', 'waiting']).toContain(state);
});

test.each<[string, object, number, string]>([
  ['nothing', { amount: '0' }, 400, 'amount'],
  ['less than nothing', { amount: '-1' }, 400, 'amount'],
  ['part of a cent', { amount: '1.005' }, 400, 'amount'],
  ['no reason', { reason: '' }, 400, 'reason'],
  ['a key that Minutebook gives', { key: 'credit-note:1' }, 400, 'key'],
  ['more than was paid', { amount: '6.01' }, 409, 'amount'],
  ['a payment of nobody', { payment: 'pi_none' }, 409, 'payment'],
  ['a reference of what Stripe pays back', { reference: 'wire' }, 409, 'reference'],
])('a refund of %s is refused with the reason', async (_, body, status, field) => {
  await pay();
  const answered = (await refund(body)) as { status: number; body: unknown };
  expect(answered.status).toBe(status);
  expect((answered.body as Problem).faults).toMatchObject([{ field }]);
  expect([await refunds(), (await invoice()).credited]).toEqual([[], '0.00']);
});

test('an unpaid invoice and one that is not there have nothing to refund', async () => {
  expect((await refund({ amount: '1' })).status).toBe(409);
  const elsewhere = await book.call('POST', '/v1/invoices/inv:none/refunds', {
    body: { key: 'k', amount: '1', reason: 'r' },
  });
  expect(elsewhere.status).toBe(404);
});

test('a refund that fails at the bank is told by its event alone, and shown to operators', async () => {
  await pay('4000000000005126');
  await refund({});
  await send();
  book.advance(3 * dayMs);
  await book.emulator.throwSwitch('advance', { seconds: 0 });
  await hear('refund.failed');
  expect(await refunds()).toMatchObject([
    { state: 'failed', parts: [{ state: 'failed', why: 'expired_or_canceled_card', settledAt: expect.any(String) }] },
  ]);
  expect(await invoice()).toMatchObject({ refunded: '0.00', toRefund: '2.50', credited: '2.50' });
  expect(await health()).toMatchObject({ status: 'attention', refunds: { failed: 1, waiting: 1, late: 0, stray: 0 } });
});

test('a dispute is shown while it is open, and its events may come twice and in disorder', async () => {
  await pay();
  await book.emulator.throwSwitch('webhooks', { duplicate: true, shuffle: true });
  const { charge } = await book.db('payments').first('charge');
  const { id } = await book.emulator.throwSwitch(`disputes/${charge}`, { reason: 'fraudulent' });
  book.advance(1000);
  await hear('charge.dispute.created');
  expect(await invoice()).toMatchObject({ disputed: true, returned: '6.00', remaining: '6.00' });
  expect(await health()).toMatchObject({ openDisputes: 1 });
  const refused = (await refund({})) as { status: number; body: unknown };
  expect([refused.status, (refused.body as Problem).detail]).toEqual([409, expect.stringContaining('disputed')]);
  await book.emulator.throwSwitch(`disputes/${id}/close`, { status: 'won' });
  book.advance(1000);
  await hear('charge.dispute.closed');
  const after = await invoice();
  expect(after).toMatchObject({ status: 'paid', returned: '0.00', remaining: '0.00' });
  expect(after).not.toHaveProperty('disputed');
});

test('more than is known to be left, refunded at Stripe, is shown until somebody looks into it', async () => {
  await pay();
  await refund({ amount: '6.00' });
  const { payment } = await book.db('payments').first('payment');
  const { id } = await book.emulator.stripe.refunds.create({ payment_intent: payment, amount: 100 });
  await hear('refund.created');
  expect(await book.db('stray_refunds')).toMatchObject([
    { refund: id, payment, amount_cents: 100n, stray_cents: 100n },
  ]);
  expect(await health()).toMatchObject({ status: 'attention', refunds: { stray: 1 } });
});
