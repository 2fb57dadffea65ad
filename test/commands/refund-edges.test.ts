// Refunds of invoices that nobody is expected to pay, against a real Postgres and the emulator of Stripe: whatever becomes of
// the money, the books say who owes what.
import { endGrant } from '../../commands/end-grant';
import { receivePayment } from '../../commands/receive-payment';
import { sendRefund } from '../../commands/send-refund';
import { settleRefund } from '../../commands/settle-refund';
import { writeOffInvoice } from '../../commands/write-off-invoice';
import { cents } from '../../domain/money';
import { dayMs } from '../../domain/period';
import { createWorkspace } from '../harness/workspace';
import { type Collecting, startCollecting } from './collecting';
import { balanceOf, expectBooks, invoiceOf, refundOf, transferTo } from './refunding';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());

const standing = (invoice: string) => invoiceOf(c, invoice);
const books = (workspace: string) => expectBooks(c, workspace);
const badDebt = (workspace: string) => balanceOf(c, { workspace, account: 'bad_debt' });

/** An invoice of $100 of which a card has paid $60 whose refunds fail later; the rest is written off. */
async function writtenOff(workspace: string): Promise<string> {
  await c.addWorkspace(workspace);
  const payment_method = await c.addMethod(workspace, 'pm_card_refundFail');
  const id = await c.issue(workspace, 10_000n);
  const { customer } = await c.db('payment_customers').where({ workspace_id: workspace }).first();
  const intent = await c.emulator.stripe.paymentIntents.create({
    ...{ amount: 6_000, currency: 'usd', customer, payment_method, confirm: true, off_session: true },
  });
  const received = { workspace, payment: intent.id, invoice: id, source: 'stripe', pays: [id] } as const;
  const nothing = { methodLabel: null, method: payment_method, reference: null, charge: null } as const;
  const money = { amountCents: cents(6_000n), feeCents: cents(204n), methodType: 'card', nowMs: c.now() };
  await c.db.transaction((trx) => receivePayment(trx, { ...received, ...nothing, ...money, actor: 'stripe' }));
  const invoice = await standing(id);
  const author = { actor: 'admin', nowMs: c.now() };
  await c.db.transaction((trx) => writeOffInvoice(trx, { invoice, key: 'w1', reason: 'gone', author }));
  await books(workspace);
  return id;
}

/** As the events of a workspace's refunds would, twice. */
async function hear(workspace: string): Promise<void> {
  const { customer } = await c.db('payment_customers').where({ workspace_id: workspace }).first();
  const { data } = await c.emulator.stripe.refunds.list({ limit: 100 });
  for (const { id } of [...data, ...data].filter((each) => each.customer === customer)) {
    expect(await settleRefund(c.connections, { refund: id, workspace })).toBe('applied');
  }
  await books(workspace);
}

async function refunded(workspace: string, invoice: string, key = 'r1'): Promise<void> {
  await refundOf(c, { workspace, invoice, key, amount: 2_000n });
  await books(workspace);
  await sendRefund(c.connections, { workspace, key });
  await books(workspace);
}

describe('of an invoice that was written off', () => {
  test('what goes back of what was paid changes nothing of what is a bad debt', async () => {
    const invoice = await writtenOff('off-refund');
    await refunded('off-refund', invoice);
    expect(await standing(invoice)).toMatchObject({ status: 'uncollectible', remainingCents: 4_000n });
    expect(await badDebt('off-refund')).toBe(4_000n);
  });

  test('what failed pays a part of it, and refunded again, no longer', async () => {
    const invoice = await writtenOff('off-fails');
    await refunded('off-fails', invoice);
    await c.advance(3 * dayMs);
    await hear('off-fails');
    expect(await standing(invoice)).toMatchObject({ remainingCents: 2_000n, refundedCents: 0n, creditedCents: 2_000n });
    expect(await badDebt('off-fails')).toBe(2_000n);
    await refunded('off-fails', invoice, 'r2');
    expect(await standing(invoice)).toMatchObject({ remainingCents: 4_000n, refundedCents: 2_000n });
    expect(await badDebt('off-fails')).toBe(4_000n);
  });

  test('paid after all while a refund had failed, it is paid', async () => {
    const invoice = await writtenOff('off-paid-after');
    await refunded('off-paid-after', invoice);
    await c.advance(3 * dayMs);
    await hear('off-paid-after');
    await transferTo(c, invoice, 2_000n);
    await books('off-paid-after');
    expect(await standing(invoice)).toMatchObject({ status: 'paid', remainingCents: 0n });
    expect(await badDebt('off-paid-after')).toBe(0n);
  });

  test('what somebody refunded at Stripe, and then failed, is in the books as well', async () => {
    const invoice = await writtenOff('off-there');
    const { payment } = await c.db('payments').where({ workspace_id: 'off-there' }).first();
    await c.emulator.stripe.refunds.create({ payment_intent: payment, amount: 2_000 });
    await hear('off-there');
    expect(await badDebt('off-there')).toBe(4_000n);
    await c.advance(3 * dayMs);
    await hear('off-there');
    expect(await standing(invoice)).toMatchObject({ remainingCents: 2_000n, refundedCents: 0n });
    expect(await badDebt('off-there')).toBe(2_000n);
  });
});

test('what was paid too much, its refund failed and its grant over by then, is expired and not owed', async () => {
  const workspace = 'over-fails';
  await createWorkspace(c.db, { id: workspace, startsAtMs: Date.UTC(2025, 0), nowMs: c.now() });
  const payment_method = await c.addMethod(workspace, 'pm_card_refundFail');
  const invoice = await c.issue(workspace, 10_000n, '2025-01');
  const { customer } = await c.db('payment_customers').where({ workspace_id: workspace }).first();
  const { id: payment } = await c.emulator.stripe.paymentIntents.create({
    ...{ amount: 15_000, currency: 'usd', customer, payment_method, confirm: true, off_session: true },
  });
  const received = { workspace, payment, invoice, source: 'stripe', pays: [invoice] } as const;
  const nothing = { methodLabel: null, method: payment_method, reference: null, charge: null } as const;
  const money = { amountCents: cents(15_000n), feeCents: cents(465n), methodType: 'card', nowMs: c.now() };
  await c.db.transaction((trx) => receivePayment(trx, { ...received, ...nothing, ...money, actor: 'stripe' }));
  await refundOf(c, { workspace, invoice, payment, key: 'r1', amount: 5_000n });
  await sendRefund(c.connections, { workspace, key: 'r1' });
  await books(workspace);

  const key = `overpayment:${payment}`;
  const [{ valid_from: from }] = await c.db('credit_grants').where({ workspace_id: workspace, key });
  await c.db.transaction((trx) =>
    endGrant(trx, { workspace, key, fromMs: from, author: { actor: 'admin', nowMs: c.now() } }),
  );
  await c.advance(30 * dayMs);
  await c.issue(workspace, 700n, '2025-02');
  await hear(workspace);
  expect(await c.db('credit_grants').where({ workspace_id: workspace, key }).first()).toMatchObject({
    remaining_nanos: 50_000_000_000n,
  });
  expect(await balanceOf(c, { workspace, account: 'credits' })).toBe(0n);
});
