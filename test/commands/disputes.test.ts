// Disputes and debits that come back, against a real Postgres and the emulator of Stripe: what a bank takes counts as returned,
// nothing is tried meanwhile, and the books agree with Stripe's balance to the cent.
import { settleDispute } from '../../commands/settle-dispute';
import { dayMs } from '../../domain/period';
import { type Collecting, startCollecting } from './collecting';
import { expectBooks, invoiceOf, refundOf } from './refunding';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());
const standing = (invoice: string) => invoiceOf(c, invoice);

async function paid(workspace: string, amount: bigint, method = 'pm_card_visa') {
  await c.addWorkspace(workspace);
  await c.addMethod(workspace, method);
  const invoice = await c.issue(workspace, amount);
  await c.collect(invoice);
  return invoice;
}

const paymentOf = (workspace: string) => c.db('payments').where({ workspace_id: workspace }).first();

/** As the events of a workspace's disputes would, twice. */
async function hear(workspace: string): Promise<void> {
  const { charge } = await paymentOf(workspace);
  const { data } = await c.emulator.stripe.disputes.list({ charge, limit: 10 });
  for (const { id } of [...data, ...data]) {
    expect(await settleDispute(c.connections, { dispute: id, workspace })).toBe('applied');
  }
}

async function dispute(workspace: string): Promise<string> {
  const { charge } = await paymentOf(workspace);
  const opened = await c.emulator.throwSwitch(`disputes/${charge}`, { reason: 'fraudulent' });
  await hear(workspace);
  return String(opened['id']);
}

async function close(workspace: string, id: string, status: 'won' | 'lost'): Promise<void> {
  await c.emulator.throwSwitch(`disputes/${id}/close`, { status });
  await hear(workspace);
}

const disputeOf = (workspace: string) => c.db('disputes').where({ workspace_id: workspace }).first();

test('while a dispute is open its amount is returned, nothing is tried and nothing refunded; won, all is as before', async () => {
  const invoice = await paid('won', 5_000n);
  const mailed = await c.mails(invoice);
  const id = await dispute('won');
  expect(await standing(invoice)).toMatchObject({ isDisputed: true, returnedCents: 5_000n, remainingCents: 5_000n });
  expect(await disputeOf('won')).toMatchObject({
    kind: 'dispute',
    state: 'open',
    withdrawn_cents: 5_000n,
    fee_cents: 1_500n,
  });
  expect(await c.outbox(`collect:${invoice}:1`)).toEqual([]);
  expect(await c.collect(invoice)).toMatchObject({ kind: 'waiting', for: 'dispute' });
  expect(await c.charged('won')).toEqual([5_000]);
  await expect(refundOf(c, { workspace: 'won', invoice, amount: 100n })).rejects.toMatchObject({ code: 'conflict' });
  expect(await c.mails(invoice)).toEqual(mailed);
  await expectBooks(c, 'won');
  await close('won', id, 'won');
  expect(await standing(invoice)).toMatchObject({
    isDisputed: false,
    returnedCents: 0n,
    remainingCents: 0n,
    status: 'paid',
  });
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.mails(invoice)).toEqual(mailed);
  await expectBooks(c, 'won');
});

test('a refund of a disputed payment is refused with the reason', async () => {
  const invoice = await paid('refused', 5_000n);
  const { charge } = await paymentOf('refused');
  await c.emulator.throwSwitch(`disputes/${charge}`, { reason: 'fraudulent' });
  const { payment } = await paymentOf('refused');
  await hear('refused');
  await expect(refundOf(c, { workspace: 'refused', invoice, payment, amount: 100n })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('disputed'),
  });
});

test('lost, the invoice is past due, collected by a run of its own, and that card is not charged for it again', async () => {
  const invoice = await paid('lost', 5_000n);
  const id = await dispute('lost');
  await close('lost', id, 'lost');
  expect(await standing(invoice)).toMatchObject({ isDisputed: false, returnedCents: 5_000n, remainingCents: 5_000n });
  expect(await c.outbox(`collect:${invoice}:1`)).toEqual(['start']);
  expect(await c.collect(invoice)).toMatchObject({ kind: 'waiting', for: 'new_method', isPastDue: true });
  expect(await standing(invoice)).toMatchObject({ status: 'past_due' });
  expect(await c.charged('lost')).toEqual([5_000]);
  await expectBooks(c, 'lost');
  await c.addMethod('lost', 'pm_card_mastercard');
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.charged('lost')).toEqual([5_000, 5_000]);
  await expectBooks(c, 'lost');
});

test('an inquiry takes nothing, may be refunded, and ends as if it had not been', async () => {
  const invoice = await paid('asked', 5_000n, 'pm_card_createDisputeInquiry');
  await c.advance(1_000);
  await hear('asked');
  expect(await disputeOf('asked')).toMatchObject({ kind: 'inquiry', state: 'open', withdrawn_cents: 0n });
  expect(await standing(invoice)).toMatchObject({ isDisputed: true, returnedCents: 0n, status: 'paid' });
  await refundOf(c, { workspace: 'asked', invoice, amount: 100n });
  await c.advance(30 * dayMs);
  await hear('asked');
  expect(await disputeOf('asked')).toMatchObject({ kind: 'inquiry', state: 'won' });
});

test('a debit that comes back after it had succeeded is owed again at once, and its account is not debited again', async () => {
  const invoice = await paid('debit', 5_000n, 'pm_usBankAccount_dispute');
  expect(await c.collect(invoice)).toMatchObject({ for: 'processing' });
  await c.advance(5 * dayMs);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  await c.advance(2 * dayMs);
  await hear('debit');
  expect(await disputeOf('debit')).toMatchObject({
    kind: 'bank_return',
    state: 'lost',
    reason: 'debit_not_authorized',
  });
  expect(await standing(invoice)).toMatchObject({ returnedCents: 5_000n, remainingCents: 5_000n, isDisputed: false });
  expect(await c.outbox(`collect:${invoice}:1`)).toEqual(['start']);
  expect(await c.collect(invoice)).toMatchObject({ kind: 'waiting', isPastDue: true });
  await expectBooks(c, 'debit');
});

test("another's dispute is nothing of ours", async () => {
  const customer = await c.emulator.stripe.customers.create({});
  const card = await c.emulator.stripe.paymentMethods.attach('pm_card_createDispute', { customer: customer.id });
  const intent = await c.emulator.stripe.paymentIntents.create({
    ...{ amount: 900, currency: 'usd', customer: customer.id, payment_method: card.id },
    ...{ confirm: true, off_session: true },
  });
  await c.advance(dayMs);
  const { data } = await c.emulator.stripe.disputes.list({ payment_intent: intent.id });
  const [made] = data;
  expect(await settleDispute(c.connections, { dispute: made?.id ?? '', workspace: null })).toBe('foreign');
});
