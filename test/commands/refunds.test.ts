// Refunds against a real Postgres and the emulator of Stripe: whatever happens, each part goes back once, and the books agree
// with Stripe's balance to the cent.

import { giveGrant } from '../../commands/give-grant';
import { recordPayment } from '../../commands/record-payment';
import { type Refunding, refundInvoice } from '../../commands/refund-invoice';
import { sendRefund } from '../../commands/send-refund';
import { settleRefund } from '../../commands/settle-refund';
import { readInvoice } from '../../db/billing/invoices-read';
import { readBooks } from '../../db/books/trial-balance';
import { readRefundParts } from '../../db/payments/refunds';
import { cents } from '../../domain/money';
import { dayMs } from '../../domain/period';
import { type Collecting, startCollecting } from './collecting';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());
const author = () => ({ actor: 'admin', nowMs: c.now() });

type Asked = Partial<Refunding> & { readonly invoice: string; readonly workspace: string; readonly dollars?: never };

function refund(asked: Omit<Asked, 'amountCents'> & { readonly amount: bigint }) {
  const { amount, ...rest } = asked;
  const refunding = { key: 'r1', reason: 'sorry', ...rest, amountCents: cents(amount) };
  const { settings } = c.connections;
  return c.db.transaction((trx) => refundInvoice(trx, { refunding, author: author(), settings }));
}

const send = (workspace: string, key = 'r1') => sendRefund(c.connections, { workspace, key });
const parts = (workspace: string, key = 'r1') => readRefundParts(c.db, { workspace, key });

async function invoiceOf(id: string) {
  const invoice = await readInvoice(c.db, id);
  if (invoice === undefined) throw new Error(`${id} is not there`);
  return invoice;
}

async function paid(workspace: string, amount: bigint, method = 'pm_card_visa'): Promise<string> {
  await c.addWorkspace(workspace);
  await c.addMethod(workspace, method);
  const invoice = await c.issue(workspace, amount);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  return invoice;
}

async function transfer(invoice: string, amount: bigint, key = 't1') {
  const stored = await invoiceOf(invoice);
  return c.db.transaction((trx) =>
    recordPayment(trx, { invoice: stored, key, amountCents: cents(amount), reference: 'wire', author: author() }),
  );
}

/** What Stripe has of a workspace's money, by its refunds that did not fail. */
async function atStripe(workspace: string): Promise<readonly number[]> {
  const { customer } = await c.db('payment_customers').where({ workspace_id: workspace }).first();
  const { data } = await c.emulator.stripe.refunds.list({ limit: 100 });
  return data.filter((each) => each.customer === customer).map(({ amount }) => amount);
}

/** Every check of the trial balance, and cash against Stripe's balance, with what came and went elsewhere. */
async function expectBooks(workspace: string): Promise<void> {
  const { checks } = await readBooks(c.db, { workspace, month: null });
  expect(checks.filter(({ holds }) => !holds).map(({ name, faults }) => ({ name, faults }))).toEqual([]);
  const { rows } = await c.db.raw(
    `select (select coalesce(sum(amount_nanos), 0) from ledger_entries where account = 'cash')
      - (select coalesce(sum(amount_cents), 0) * 10000000 from payments where source = 'elsewhere')
      + (select coalesce(sum(amount_cents), 0) * 10000000 from refund_parts where state = 'by_hand') as cash`,
  );
  let net = 0n;
  for await (const { net: each } of c.emulator.stripe.balanceTransactions.list({ limit: 100 })) net += BigInt(each);
  expect(BigInt(rows[0].cash)).toBe(net * 10_000_000n);
}

test('a refund comes with its credit note, goes to Stripe once, and is told with the invoice number', async () => {
  const invoice = await paid('once', 10_000n);
  const { refund: begun, isNew } = await refund({ workspace: 'once', invoice, amount: 2_500n });
  expect([isNew, begun.creditNote, begun.because]).toEqual([true, 'cn:once:1', 'asked']);
  expect(await invoiceOf(invoice)).toMatchObject({ refundedCents: 2_500n, creditedCents: 2_500n, status: 'paid' });
  expect(await c.outbox('refund:once:r1')).toEqual(['start']);
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  expect(await send('once')).toEqual({ parts: 1, state: 'succeeded' });
  expect(await send('once')).toEqual({ parts: 1, state: 'succeeded' });
  expect(await atStripe('once')).toEqual([2_500]);
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'refund']);
  expect(await c.mailFacts('refund:once:r1')).toMatchObject({
    number: 'once-0001',
    note: 'cn:once:1',
    parts: [{ cents: '2500', to: 'Visa ending 4242' }],
  });
  await expectBooks('once');
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
  expect(await atStripe('many')).toEqual([7_000]);
  expect(await invoiceOf(invoice)).toMatchObject({ refundedCents: 8_000n, remainingCents: 0n, toRefundCents: 0n });
  await expectBooks('many');
});

test('what is still to be paid of an invoice stays so when something of it is refunded', async () => {
  await c.addWorkspace('partly');
  const invoice = await c.issue('partly', 10_000n);
  await transfer(invoice, 6_000n);
  await c.connections.db('invoices').where({ id: invoice }).update({ status: 'past_due' });
  await refund({ workspace: 'partly', invoice, amount: 5_000n, reference: 'back' });
  expect(await invoiceOf(invoice)).toMatchObject({ status: 'past_due', remainingCents: 4_000n, creditedCents: 5_000n });
  expect(await c.mails(invoice)).toEqual(['refund']);
  await expectBooks('partly');
});

test('pending says why, and one that fails puts the money back, which then needs no other credit note', async () => {
  const invoice = await paid('late', 4_000n, 'pm_card_visa');
  const { method } = await c.db('payment_methods').where({ workspace_id: 'late', state: 'active' }).first();
  void method;
  await refund({ workspace: 'late', invoice, amount: 4_000n });
  expect(await invoiceOf(invoice)).toMatchObject({ refundedCents: 4_000n, toRefundCents: 0n });
  await send('late');
  const [part] = await parts('late');
  await expectBooks('late');
  await c.advance(10 * dayMs);
  expect(part).toMatchObject({ state: 'succeeded' });
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
  expect(await invoiceOf(invoice)).toMatchObject({ refundedCents: 0n, creditedCents: 0n, status: 'paid' });
  expect(await c.db('credit_grants').where({ workspace_id: 'over' }).first()).toMatchObject({ remaining_nanos: 0n });
  await expectBooks('over');
  await expect(refund({ ...asked, key: 'r2', amount: 1_001n })).rejects.toMatchObject({ code: 'conflict' });
});
void giveGrant;
void settleRefund;
