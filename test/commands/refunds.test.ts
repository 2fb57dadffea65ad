// Refunds against a real Postgres and the emulator of Stripe: whatever happens, each part goes back once, and the books agree
// with Stripe's balance to the cent.

import { creditInvoice } from '../../commands/credit-invoice';
import { mendRefunds } from '../../commands/mend-refunds';
import { receivePayment } from '../../commands/receive-payment';
import { sendRefund } from '../../commands/send-refund';
import { settleRefund } from '../../commands/settle-refund';
import { readRefundParts } from '../../db/payments/refunds';
import { refundWorkflowId } from '../../domain/ids';
import { cents } from '../../domain/money';
import { dayMs, hourMs } from '../../domain/period';
import type { Payments } from '../../gateways/payments/payments';
import { aroundRules } from '../harness/around-rules';
import { type Collecting, startCollecting } from './collecting';
import { expectBooks, invoiceOf, type RefundAsked, refundOf, transferTo } from './refunding';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());

const refund = (asked: RefundAsked) => refundOf(c, asked);
const transfer = (invoice: string, amount: bigint) => transferTo(c, invoice, amount);
const books = (workspace: string) => expectBooks(c, workspace);
const send = (workspace: string, key = 'r1') => sendRefund(c.connections, { workspace, key });
const parts = (workspace: string, key = 'r1') => readRefundParts(c.db, { workspace, key });
const standing = (invoice: string) => invoiceOf(c, invoice);

async function paid(workspace: string, amount: bigint, method = 'pm_card_visa'): Promise<string> {
  await c.addWorkspace(workspace);
  await c.addMethod(workspace, method);
  const invoice = await c.issue(workspace, amount);
  await c.collect(invoice);
  return invoice;
}

/** The refunds that Stripe has of a workspace, newest first. */
async function atStripe(workspace: string) {
  const { customer } = await c.db('payment_customers').where({ workspace_id: workspace }).first();
  const { data } = await c.emulator.stripe.refunds.list({ limit: 100 });
  return data.filter((each) => each.customer === customer);
}

const amountsAt = async (workspace: string) => (await atStripe(workspace)).map(({ amount }) => amount);

/** As the events of a workspace's refunds would. */
async function hear(workspace: string): Promise<void> {
  for (const { id } of await atStripe(workspace)) {
    expect(await settleRefund(c.connections, { refund: id, workspace })).toBe('applied');
  }
}

test('a refund comes with its credit note, goes to Stripe once, and is told with the invoice number', async () => {
  const invoice = await paid('once', 10_000n);
  const { refund: begun, isNew } = await refund({ workspace: 'once', invoice, amount: 2_500n });
  expect([isNew, begun.creditNote, begun.because]).toEqual([true, 'cn:once:1', 'asked']);
  expect(await standing(invoice)).toMatchObject({ refundedCents: 2_500n, creditedCents: 2_500n, status: 'paid' });
  expect(await c.outbox('refund:once~r1')).toEqual(['start']);
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  expect(await send('once')).toEqual({ parts: 1, state: 'succeeded' });
  expect(await send('once')).toEqual({ parts: 1, state: 'succeeded' });
  expect(await amountsAt('once')).toEqual([2_500]);
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'refund']);
  expect(await c.mailFacts('refund:once~r1')).toMatchObject({
    number: 'once-0001',
    note: 'cn:once:1',
    parts: [{ cents: '2500', to: 'Visa ending 4242' }],
  });
  await books('once');
  expect((await refund({ workspace: 'once', invoice, amount: 2_500n })).isNew).toBe(false);
  await expect(refund({ workspace: 'once', invoice, amount: 2_501n })).rejects.toMatchObject({
    code: 'conflict',
    faults: [{ field: 'amount' }],
  });
  await expect(refund({ workspace: 'once', invoice, key: 'r2', amount: 7_501n })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('at most 75.00'),
  });
});

test('several payments go back the newest first, and what came by transfer only with a reference', async () => {
  await c.addWorkspace('many');
  await c.addMethod('many', 'pm_card_visa');
  const invoice = await c.issue('many', 10_000n);
  await transfer(invoice, 3_000n);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  await expect(refund({ workspace: 'many', invoice, amount: 8_000n })).rejects.toMatchObject({
    faults: [{ field: 'reference' }],
  });
  await expect(refund({ workspace: 'many', invoice, amount: 5_000n, reference: 'x' })).rejects.toMatchObject({
    faults: [{ field: 'reference' }],
  });
  await refund({ workspace: 'many', invoice, amount: 8_000n, reference: 'wire back 1' });
  expect(await parts('many')).toMatchObject([
    { amountCents: 7_000n, state: 'sending', reference: null },
    { amountCents: 1_000n, state: 'by_hand', reference: 'wire back 1', payment: 'recorded:t1' },
  ]);
  await send('many');
  expect(await amountsAt('many')).toEqual([7_000]);
  expect(await standing(invoice)).toMatchObject({ refundedCents: 8_000n, remainingCents: 0n, toRefundCents: 0n });
  await books('many');
});

test('what is still to be paid of an invoice stays so when something of it is refunded', async () => {
  await c.addWorkspace('partly');
  const invoice = await c.issue('partly', 10_000n);
  await transfer(invoice, 6_000n);
  await aroundRules(c.db, `update invoices set status = 'past_due' where id = '${invoice}'`);
  await refund({ workspace: 'partly', invoice, amount: 5_000n, reference: 'back' });
  expect(await standing(invoice)).toMatchObject({ status: 'past_due', remainingCents: 4_000n, creditedCents: 5_000n });
  expect(await c.mails(invoice)).toEqual(['refund']);
  await books('partly');
});

test('pending says why, and one that is done is settled by its event', async () => {
  const invoice = await paid('late', 4_000n, 'pm_card_pendingRefund');
  await refund({ workspace: 'late', invoice, amount: 4_000n });
  expect(await send('late')).toEqual({ parts: 1, state: 'pending' });
  expect(await parts('late')).toMatchObject([{ state: 'pending', why: 'processing', settledAtMs: null }]);
  await books('late');
  await c.advance(3 * dayMs);
  await hear('late');
  await hear('late');
  expect(await parts('late')).toMatchObject([{ state: 'succeeded', why: null, settledAtMs: c.now() }]);
  await books('late');
});

test('one that fails later puts the money back, is told to operators and to whom it was promised, and refunded again needs no other note', async () => {
  const invoice = await paid('fails', 4_000n, 'pm_card_refundFail');
  await refund({ workspace: 'fails', invoice, amount: 1_000n });
  expect(await send('fails')).toEqual({ parts: 1, state: 'succeeded' });
  await c.advance(3 * dayMs);
  await hear('fails');
  expect(await parts('fails')).toMatchObject([{ state: 'failed', why: 'expired_or_canceled_card' }]);
  expect(await standing(invoice)).toMatchObject({ refundedCents: 0n, toRefundCents: 1_000n, creditedCents: 1_000n });
  await hear('fails');
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'refund', 'refund_failed']);
  const audited = await c.db('audit_log').where({ workspace_id: 'fails', action: 'refund.failed' });
  expect(audited).toMatchObject([{ after: { amount: '10.00', why: 'expired_or_canceled_card' } }]);
  await books('fails');
  const [{ payment } = { payment: '' }] = await parts('fails');
  await refund({ workspace: 'fails', invoice, key: 'r2', amount: 1_000n, payment, reference: 'wire 9' });
  expect(await parts('fails', 'r2')).toMatchObject([{ state: 'by_hand', payment }]);
  expect(await standing(invoice)).toMatchObject({ refundedCents: 1_000n, toRefundCents: 0n, creditedCents: 1_000n });
  await books('fails');
});

test('what failed of an invoice that was paid in part only lowers what remains, and is not credited twice', async () => {
  await c.addWorkspace('half');
  const payment_method = await c.addMethod('half', 'pm_card_refundFail');
  const invoice = await c.issue('half', 10_000n);
  const { customer } = await c.db('payment_customers').where({ workspace_id: 'half' }).first();
  const intent = await c.emulator.stripe.paymentIntents.create({
    ...{ amount: 6_000, currency: 'usd', customer, payment_method, confirm: true, off_session: true },
  });
  const received = { workspace: 'half', payment: intent.id, invoice, source: 'stripe', pays: [invoice] } as const;
  const nothing = { methodLabel: null, method: payment_method, reference: null, charge: null } as const;
  const money = { amountCents: cents(6_000n), feeCents: cents(204n), methodType: 'card', nowMs: c.now() };
  await c.db.transaction((trx) => receivePayment(trx, { ...received, ...nothing, ...money, actor: 'stripe' }));
  await refund({ workspace: 'half', invoice, key: 'r0', amount: 3_000n });
  expect(await standing(invoice)).toMatchObject({
    remainingCents: 4_000n,
    creditedCents: 3_000n,
    refundedCents: 3_000n,
  });
  await send('half', 'r0');
  await c.advance(3 * dayMs);
  await hear('half');
  expect(await standing(invoice)).toMatchObject({ remainingCents: 1_000n, creditedCents: 3_000n, refundedCents: 0n });
  await books('half');
  await refund({ workspace: 'half', invoice, amount: 3_000n });
  expect(await standing(invoice)).toMatchObject({
    remainingCents: 4_000n,
    creditedCents: 3_000n,
    refundedCents: 3_000n,
  });
  await send('half');
  await books('half');
});

// Stripe's package sends what met a closed connection once more by itself.
test.each([
  ['timeout_after', 1],
  ['error_after', 1],
  ['reset_before', 2],
  ['reset_after', 2],
  ['rate_limited', 1],
])('a call that meets %s refunds once, however often it is tried', async (kind, times) => {
  const workspace = `fault-${kind.replace('_', '-')}`;
  const invoice = await paid(workspace, 2_000n);
  await refund({ workspace, invoice, amount: 700n });
  await c.emulator.throwSwitch('faults', { on: 'POST /v1/refunds', kind, times });
  await expect(send(workspace)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await parts(workspace)).toMatchObject([{ state: 'sending', sentAtMs: c.now() }]);
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  for (let tries = 0; tries < 3; tries++) await send(workspace);
  expect(await amountsAt(workspace)).toEqual([700]);
  expect(await parts(workspace)).toMatchObject([{ state: 'succeeded' }]);
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'refund']);
  await books(workspace);
});

test('an error that Stripe keeps under the key is waited out, and no other key is tried', async () => {
  const invoice = await paid('kept', 2_000n);
  await refund({ workspace: 'kept', invoice, amount: 700n });
  await c.emulator.throwSwitch('faults', { on: 'POST /v1/refunds', kind: 'error_before', times: 1 });
  await expect(send('kept')).rejects.toMatchObject({ code: 'unavailable' });
  await send('kept').catch(() => undefined);
  await c.advance(25 * hourMs);
  expect(await send('kept')).toEqual({ parts: 1, state: 'succeeded' });
  expect(await amountsAt('kept')).toEqual([700]);
  await books('kept');
});

// Whoever is killed at a seam leaves what was committed before it.
const seams: readonly (readonly [string, (payments: Payments) => Partial<Payments>])[] = [
  ['between the row and the call', () => ({ refund: () => Promise.reject(new Error('killed')) })],
  [
    'between the call and its result',
    (payments) => ({
      refund: async (request) => {
        await payments.refund(request);
        throw new Error('killed');
      },
    }),
  ],
];

test.each(seams)('killed %s, a part goes back once', async (where, kill) => {
  const workspace = where.endsWith('call') ? 'killed-1' : 'killed-2';
  const invoice = await paid(workspace, 2_000n);
  await refund({ workspace, invoice, amount: 700n });
  const payments = { ...c.payments, ...kill(c.payments) };
  await expect(sendRefund({ ...c.connections, payments }, { workspace, key: 'r1' })).rejects.toThrow('killed');
  // Its event may come before whoever was killed is back.
  await hear(workspace);
  await send(workspace);
  expect(await amountsAt(workspace)).toEqual([700]);
  expect(await parts(workspace)).toMatchObject([{ state: 'succeeded' }]);
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'refund']);
  await books(workspace);
});

test('two senders at once send it once', async () => {
  const invoice = await paid('race', 2_000n);
  await refund({ workspace: 'race', invoice, amount: 700n });
  await Promise.allSettled([send('race'), send('race'), send('race')]);
  await send('race');
  expect(await amountsAt('race')).toEqual([700]);
  await books('race');
});

test('a refund that Stripe does not take has failed, and is no e-mail', async () => {
  const invoice = await paid('refused', 2_000n);
  await refund({ workspace: 'refused', invoice, amount: 700n });
  const { charge } = await c.db('payments').where({ workspace_id: 'refused' }).first();
  await c.emulator.throwSwitch(`disputes/${charge}`, { reason: 'fraudulent' });
  expect(await send('refused')).toEqual({ parts: 1, state: 'failed' });
  expect(await parts('refused')).toMatchObject([{ state: 'failed', why: 'charge_disputed' }]);
  expect(await standing(invoice)).toMatchObject({ refundedCents: 0n, toRefundCents: 700n });
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
});

test('what somebody refunded at Stripe is recorded with its credit note, once', async () => {
  const invoice = await paid('there', 2_000n);
  const { payment } = await c.db('payments').where({ workspace_id: 'there' }).first();
  const { id } = await c.emulator.stripe.refunds.create({ payment_intent: payment, amount: 300 });
  await hear('there');
  await hear('there');
  expect(await parts('there', `stripe:${id}`)).toMatchObject([{ state: 'succeeded', amountCents: 300n, refund: id }]);
  expect(await standing(invoice)).toMatchObject({ refundedCents: 300n, creditedCents: 300n, remainingCents: 0n });
  expect(await c.db('credit_notes').where({ workspace_id: 'there' })).toMatchObject([
    { kind: 'refund', amount_cents: 300n },
  ]);
  await books('there');
});

test("another's refund is nothing of ours", async () => {
  const stranger = await c.emulator.stripe.customers.create({});
  const card = await c.emulator.stripe.paymentMethods.attach('pm_card_visa', { customer: stranger.id });
  const intent = await c.emulator.stripe.paymentIntents.create({
    ...{ amount: 900, currency: 'usd', customer: stranger.id, payment_method: card.id },
    ...{ confirm: true, off_session: true },
  });
  const { id } = await c.emulator.stripe.refunds.create({ payment_intent: intent.id, amount: 900 });
  expect(await settleRefund(c.connections, { refund: id, workspace: null })).toBe('foreign');
});

test('of two workspaces whose names and keys read alike each has its own refund sent and told', async () => {
  for (const [workspace, key] of [
    ['like', 'wise:r1'],
    ['like:wise', 'r1'],
  ] as const) {
    const invoice = await paid(workspace, 2_000n);
    await refund({ workspace, invoice, key, amount: 500n });
    expect(await c.outbox(refundWorkflowId({ workspace, key }))).toEqual(['start']);
    expect(await send(workspace, key)).toEqual({ parts: 1, state: 'succeeded' });
    expect(await c.mails(invoice)).toEqual(['invoice_issued', 'refund']);
  }
});

test('what a credit note leaves to be refunded goes back by itself, with payments off once they are on', async () => {
  const invoice = await paid('noted', 2_000n);
  const settings = { isMailing: true, isCharging: true };
  const credit = (key: string, amount: bigint, isCharging: boolean) =>
    c.db.transaction((trx) =>
      creditInvoice(trx, {
        crediting: { workspace: 'noted', invoice, kind: 'goodwill', key, reason: 'sorry', amountCents: cents(amount) },
        author: { actor: 'admin', nowMs: c.now() },
        settings: { ...settings, isCharging },
      }),
    );
  await credit('g1', 500n, true);
  expect(await c.outbox('refund:noted~credit-note:1')).toEqual(['start']);
  expect(await standing(invoice)).toMatchObject({ refundedCents: 500n, toRefundCents: 0n, creditedCents: 500n });
  await send('noted', 'credit-note:1');
  await credit('g2', 200n, false);
  expect(await standing(invoice)).toMatchObject({ toRefundCents: 200n });
  expect(await mendRefunds(c.connections)).toMatchObject({ refundsBegun: 1 });
  expect(await mendRefunds(c.connections)).toMatchObject({ refundsBegun: 0 });
  await send('noted', 'credit-note:2');
  expect(await amountsAt('noted')).toEqual([200, 500]);
  expect(await c.db('credit_notes').where({ workspace_id: 'noted' })).toHaveLength(2);
  await books('noted');
});

test('what was paid too much goes back out of its grant, without a credit note', async () => {
  await c.addWorkspace('over');
  const invoice = await c.issue('over', 1_000n);
  await transfer(invoice, 1_500n);
  await expect(refund({ workspace: 'over', invoice, amount: 1_200n, reference: 'b' })).rejects.toMatchObject({
    message: expect.stringContaining('recorded:t1 was 5.00 too much'),
  });
  const asked = { workspace: 'over', invoice, amount: 500n, payment: 'recorded:t1', reference: 'b' };
  const { refund: begun } = await refund(asked);
  expect(begun).toMatchObject({ because: 'overpayment', creditNote: null });
  expect(await standing(invoice)).toMatchObject({ refundedCents: 0n, creditedCents: 0n, status: 'paid' });
  expect(await c.db('credit_grants').where({ workspace_id: 'over' }).first()).toMatchObject({ remaining_nanos: 0n });
  await books('over');
  await expect(refund({ ...asked, key: 'r2', amount: 1_001n })).rejects.toMatchObject({ code: 'conflict' });
});

// Each rule of refunds that the database holds by itself, with an attempt to break it from below the code.
test.each<[string, string, RegExp]>([
  [
    'more goes back than was paid',
    `insert into refunds values ('below', 'x', :invoice, 3000, 'r', 'asked', '{}', now());
     insert into refund_parts (workspace_id, key, number, invoice_id, payment, amount_cents, state, made_at)
       values ('below', 'x', 1, :invoice, :payment, 3000, 'sending', now())`,
    /refunds_within_allocation|paid less/,
  ],
  [
    'parts do not make the refund',
    `insert into refunds values ('below', 'x', :invoice, 300, 'r', 'asked', '{}', now());
     insert into refund_parts (workspace_id, key, number, invoice_id, payment, amount_cents, state, made_at)
       values ('below', 'x', 1, :invoice, :payment, 200, 'sending', now())`,
    /do not make its amount/,
  ],
  [
    'a refund has no parts',
    `insert into refunds values ('below', 'x', :invoice, 3, 'r', 'asked', '{}', now())`,
    /do not make/,
  ],
  [
    'an over-payment goes back that never was one',
    `insert into refunds values ('below', 'x', :invoice, 300, 'r', 'overpayment', '{}', now());
     insert into refund_parts (workspace_id, key, number, invoice_id, payment, amount_cents, state, made_at)
       values ('below', 'x', 1, :invoice, :payment, 300, 'sending', now())`,
    /no over-payment/,
  ],
  ['a refund is changed', `update refunds set amount_cents = 1 where workspace_id = 'below'`, /append only/],
  [
    'a part gets another amount',
    `update refund_parts set amount_cents = 1 where workspace_id = 'below'`,
    /keeps what it holds/,
  ],
  ['a part is deleted', `delete from refund_parts where workspace_id = 'below'`, /keeps what it holds/],
])('the database refuses that %s', async (_, sql, reason) => {
  const known = await c.db('payments').where({ workspace_id: 'below' }).first();
  const invoice = known?.invoice_id ?? (await paid('below', 2_000n));
  if (known === undefined) await refund({ workspace: 'below', invoice, amount: 100n });
  const { payment } = await c.db('payments').where({ workspace_id: 'below' }).first();
  const broken = c.db.transaction((trx) =>
    trx.raw(sql.replaceAll(':invoice', `'${invoice}'`).replaceAll(':payment', `'${payment}'`)),
  );
  await expect(broken).rejects.toThrow(reason);
});
