// What collecting waits for, and what ends the waiting: the customer's own payment, its bank, its time to pay, an admin.

import { creditInvoice } from '../../commands/credit-invoice';
import { mendCollecting } from '../../commands/mend-collecting';
import { payByCheckout } from '../../commands/pay-by-checkout';
import { recordIntentOutcome } from '../../commands/record-outcome';
import { recordPayment } from '../../commands/record-payment';
import { settleDispute } from '../../commands/settle-dispute';
import { settleSession } from '../../commands/settle-session';
import { writeOffInvoice } from '../../commands/write-off-invoice';
import { readInvoice } from '../../db/billing/invoices-read';
import { cents } from '../../domain/money';
import { dayMs, hourMs, minuteMs } from '../../domain/period';
import { fillCheckout } from '../stripe/fill-checkout';
import { type Collecting, expectBooksToBalance, startCollecting } from './collecting';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());

const author = () => ({ actor: 'admin:test', nowMs: c.now() });
async function stored(id: string) {
  const invoice = await readInvoice(c.db, id);
  if (invoice === undefined) throw new Error(`no invoice ${id}`);
  return invoice;
}
async function payElsewhere(id: string, amount: bigint, key = 'wire'): Promise<void> {
  const entry = {
    invoice: await stored(id),
    key: `${key}-${id.split(':')[1]}`,
    amountCents: cents(amount),
    reference: 'r',
  };
  await c.db.transaction((trx) => recordPayment(trx, { ...entry, author: author() }));
}
async function openPage(workspace: string, invoice: string): Promise<string> {
  const page = await payByCheckout(c.connections, {
    workspace,
    invoice,
    cancelUrl: 'https://billing.example.com/back',
  });
  if (page.kind !== 'page') throw new Error(`expected a page, came ${page.kind}`);
  return page.url;
}

test('terms by invoice are mailed with a link, awaited, reminded of before and after they are due, and never charged', async () => {
  const workspace = await c.addWorkspace('net30', { collection: 'invoice', netDays: 30 });
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 5_000n);
  const issuedMs = c.now();
  const dueMs = issuedMs + 30 * dayMs;
  expect(await c.collect(invoice)).toEqual({
    kind: 'waiting',
    for: 'payer',
    isPastDue: false,
    until: c.at(dueMs - 3 * dayMs),
  });
  expect(await c.mailFacts(`invoice-issued:${invoice}`)).toMatchObject({
    settlement: { kind: 'due', payUrl: expect.stringContaining('/pay/') },
  });
  const looks = [-3 * dayMs, 0, 7 * dayMs, 14 * dayMs];
  for (const [at, after] of looks.entries()) {
    await c.advance(dueMs + after - c.now());
    const next = looks[at + 1];
    expect(await c.collect(invoice)).toEqual({
      kind: 'waiting',
      for: 'payer',
      isPastDue: after >= 0,
      ...(next === undefined ? {} : { until: c.at(dueMs + next) }),
    });
  }
  expect(await c.mails(invoice)).toEqual(['invoice_issued', ...Array(4).fill('reminder')]);
  expect(await c.mailFacts(`reminder:${invoice}:before`)).toMatchObject({ isOverdue: false });
  expect(await c.mailFacts(`reminder:${invoice}:after-7`)).toMatchObject({ isOverdue: true });
  expect(await c.invoice(invoice)).toMatchObject({ status: 'past_due' });
  await payElsewhere(invoice, 5_000n);
  expect(await c.outbox(`collect:${invoice}`)).toEqual(['start', 'signal']);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect((await c.mails(invoice)).at(-1)).toBe('payment_received');
  expect(await c.charged(workspace)).toEqual([]);
});

/** On terms by invoice, paid by its customer on the page, shortly before it is due. */
async function paidOnThePage(
  workspace: string,
  typed: Parameters<typeof fillCheckout>[1],
  netDays = 10,
): Promise<string> {
  await c.addWorkspace(workspace, { collection: 'invoice', netDays });
  const invoice = await c.issue(workspace, 5_000n);
  await c.collect(invoice);
  await c.advance(10 * dayMs - hourMs);
  await c.collect(invoice);
  await fillCheckout(await openPage(workspace, invoice), typed);
  const { session } = await c.db('payment_attempts').where({ invoice_id: invoice }).first();
  await settleSession(c.connections, session);
  return invoice;
}

test('nobody is reminded of what a bank debit is paying', async () => {
  const invoice = await paidOnThePage('net-debit', { account: '000123456789' });
  await c.advance(2 * hourMs);
  expect(await c.collect(invoice)).toMatchObject({ for: 'processing', isPastDue: false });
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'reminder']);
});

test('a debit of his own that failed before the day is no reason to call who pays by invoice past due', async () => {
  const invoice = await paidOnThePage('net-short', { account: '000222222227' }, 20);
  await c.advance(5 * dayMs);
  expect(await c.collect(invoice)).toMatchObject({ for: 'payer', isPastDue: false });
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'payment_failed']);
  const facts = await c.mailFacts(`payment-failed:${invoice}:1`);
  expect(facts).toMatchObject({ row: 'debit_no_funds', isByInvoice: true, method: 'what you paid with' });
  expect(facts).not.toHaveProperty('methodUrl');
});

test('nobody is reminded of what a bank looks into', async () => {
  const invoice = await paidOnThePage('net-disputed', { number: '4242424242424242' });
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  const { charge } = await c.db('payments').where({ workspace_id: 'net-disputed' }).first();
  const { id } = await c.emulator.throwSwitch(`disputes/${charge}`, { reason: 'fraudulent' });
  await settleDispute(c.connections, { dispute: String(id), workspace: 'net-disputed' });
  await c.advance(8 * dayMs);
  expect(await c.collect(invoice)).toMatchObject({ for: 'dispute' });
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'reminder', 'payment_received']);
});

test('a part that was received elsewhere is confirmed, and the rest is charged', async () => {
  const workspace = await c.addWorkspace('partly');
  const invoice = await c.issue(workspace, 1_000n);
  expect(await c.collect(invoice)).toMatchObject({ for: 'method' });
  await c.advance(hourMs);
  await payElsewhere(invoice, 400n);
  expect(await c.collect(invoice)).toMatchObject({ for: 'method', isPastDue: true });
  expect(await c.mailFacts(`payment-received:${invoice}:1`)).toMatchObject({
    receivedCents: '400',
    remainingCents: '600',
  });
  await c.addMethod(workspace, 'pm_card_visa');
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.charged(workspace)).toEqual([600]);
  await expectBooksToBalance(c.db, workspace);
});

test('one door: a page that stands open is closed before the calendar charges', async () => {
  const workspace = await c.addWorkspace('door');
  const invoice = await c.issue(workspace, 2_000n);
  expect(await c.collect(invoice)).toMatchObject({ for: 'method' });
  const url = await openPage(workspace, invoice);
  expect(await openPage(workspace, invoice)).toBe(url);
  await c.addMethod(workspace, 'pm_card_visa');
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect((await c.attempts(invoice)).map(({ state }) => state)).toEqual(['expired', 'paid']);
  expect((await fillCheckout(url, { number: '4242424242424242' })).ledTo).toBeNull();
  expect(await c.charged(workspace)).toEqual([2_000]);
});

test('one door: what the customer has just paid on the page is not charged beside it', async () => {
  const workspace = await c.addWorkspace('door-paid');
  const invoice = await c.issue(workspace, 2_100n);
  expect(await c.collect(invoice)).toMatchObject({ for: 'method' });
  const url = await openPage(workspace, invoice);
  expect((await fillCheckout(url, { number: '5555555555554444' })).problem).toBeNull();
  await c.addMethod(workspace, 'pm_card_visa');
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.charged(workspace)).toEqual([2_100]);
  expect(await c.attempts(invoice)).toMatchObject([{ kind: 'checkout', state: 'paid' }]);
  const payment = await c.db('payments').where({ workspace_id: workspace }).first();
  expect(payment).toMatchObject({ method_label: 'Mastercard ending 4444', amount_cents: 2_100n });
  await expectBooksToBalance(c.db, workspace);
});

test('a page is closed as well when the invoice is paid elsewhere, or written off', async () => {
  const workspace = await c.addWorkspace('door-elsewhere');
  const [one, two] = [await c.issue(workspace, 700n), await c.issue(workspace, 800n, '2024-02')];
  await openPage(workspace, one);
  await openPage(workspace, two);
  await payElsewhere(one, 700n);
  expect(await c.collect(one)).toEqual({ kind: 'paid' });
  const entry = { key: 'w', reason: 'insolvent', author: author() };
  const invoice = await stored(two);
  await c.db.transaction((trx) => writeOffInvoice(trx, { invoice, ...entry }));
  expect(await c.collect(two)).toEqual({ kind: 'uncollectible' });
  for (const id of [one, two]) expect(await c.attempts(id)).toMatchObject([{ state: 'expired' }]);
});

test("Stripe's event alone rebuilds an attempt whose worker died after the money was taken, any number of times", async () => {
  const workspace = await c.addWorkspace('event-alone');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 3_000n);
  const dying = {
    ...c.payments,
    charge: async (request: Parameters<typeof c.payments.charge>[0]) => {
      await c.payments.charge(request);
      throw new Error('killed');
    },
  };
  await expect(c.collect(invoice, { payments: dying })).rejects.toThrow('killed');
  const { data } = await c.emulator.stripe.paymentIntents.list({ limit: 1 });
  const reading = await c.payments.readIntent(data[0]?.id ?? '');
  if (reading?.marks == null) throw new Error('the intent says whose it is');
  const of = { workspace, invoice: reading.marks.invoice, number: Number(reading.marks.attempt) };
  for (let times = 0; times < 3; times++) {
    const { outcome } = reading;
    await c.db.transaction((trx) => recordIntentOutcome(trx, of, { outcome, nowMs: c.now() }));
  }
  expect(await c.invoice(invoice)).toMatchObject({ status: 'paid' });
  expect(await c.outbox(`collect:${invoice}`)).toEqual(['start', 'signal']);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.db('payments').where({ workspace_id: workspace })).toHaveLength(1);
  await expectBooksToBalance(c.db, workspace);
});

test('a late decline does not undo what was paid, and money for a closed attempt is written down all the same', async () => {
  const workspace = await c.addWorkspace('late-outcomes');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 3_100n);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  const of = { workspace, invoice, number: 1 };
  const decline = { methodType: 'card', brand: 'visa', code: 'card_declined', declineCode: 'generic_decline' } as const;
  const codes = { adviceCode: null, networkDeclineCode: null, networkAdviceCode: null, returnCode: null };
  const late = { kind: 'declined', decline: { ...decline, ...codes }, paymentIntent: null, charge: null } as const;
  await c.db.transaction((trx) => recordIntentOutcome(trx, of, { outcome: late, nowMs: c.now() }));
  expect(await c.attempts(invoice)).toMatchObject([{ state: 'paid' }]);
  const twice = {
    kind: 'paid',
    paymentIntent: 'pi_other',
    charge: 'ch_other',
    amountCents: cents(3_100n),
    booking: null,
  } as const;
  await c.db.transaction((trx) => recordIntentOutcome(trx, of, { outcome: twice, nowMs: c.now() }));
  const grant = await c.db('credit_grants').where({ workspace_id: workspace }).first();
  expect(grant).toMatchObject({ key: 'overpayment:pi_other', amount_nanos: 31_000_000_000n });
  await expectBooksToBalance(c.db, workspace);
  const booking = {
    balanceTransaction: 'txn',
    amountCents: cents(3_100n),
    feeCents: cents(120n),
    netCents: cents(2_980n),
  };
  const booked = { ...twice, booking };
  for (let times = 0; times < 2; times++) {
    await c.db.transaction((trx) => recordIntentOutcome(trx, of, { outcome: booked, nowMs: c.now() }));
  }
  expect(await c.db('payments').where({ payment: 'pi_other' }).first()).toMatchObject({ fee_cents: 120n });
  await expectBooksToBalance(c.db, workspace);
});

/** What a bank takes back, as the disputes' commands store it. */
async function takeBack(
  workspace: string,
  invoice: string,
  of: { kind: 'dispute' | 'bank_return'; reason: string; state: 'open' | 'lost' },
): Promise<void> {
  const { payment, amount_cents } = await c.db('payment_allocations').where({ invoice_id: invoice }).first();
  const at = c.at(c.now());
  const dispute = `du_${workspace}`;
  const closed_at = of.state === 'open' ? null : at;
  const row = { workspace_id: workspace, dispute, payment };
  await c.db('disputes').insert({ ...row, ...of, amount_cents: String(amount_cents), opened_at: at, closed_at });
  await c.db('payment_returns').insert({
    ...row,
    invoice_id: invoice,
    amount_cents: String(amount_cents),
    state: 'withdrawn',
    returned_at: at,
  });
}

test('a debit that came back for want of funds is collected again, twice at the most', async () => {
  const workspace = await c.addWorkspace('returned');
  await c.addMethod(workspace, 'pm_usBankAccount_success');
  const invoice = await c.issue(workspace, 4_000n);
  await c.collect(invoice);
  await c.advance(6 * dayMs);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  await c.advance(20 * dayMs);
  await takeBack(workspace, invoice, { kind: 'bank_return', reason: 'R01', state: 'lost' });
  expect(await c.collect(invoice)).toMatchObject({ kind: 'waiting', for: 'retry' });
  expect((await c.mails(invoice)).at(-1)).toBe('payment_failed');
  await c.advance(3 * dayMs);
  expect(await c.collect(invoice)).toMatchObject({ for: 'processing' });
  await c.advance(6 * dayMs);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.attempts(invoice)).toHaveLength(2);
});

test('while a payment is disputed nothing is charged, and after it is lost not with that card', async () => {
  const workspace = await c.addWorkspace('disputed');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 4_100n);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  await takeBack(workspace, invoice, { kind: 'dispute', reason: 'fraudulent', state: 'open' });
  expect(await c.collect(invoice)).toMatchObject({ kind: 'waiting', for: 'dispute' });
  await c
    .db('disputes')
    .where({ workspace_id: workspace })
    .update({ state: 'lost', closed_at: c.at(c.now()) });
  expect(await c.collect(invoice)).toMatchObject({ for: 'new_method', isPastDue: true });
  await c.addMethod(workspace, 'pm_card_amex');
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.charged(workspace)).toEqual([4_100, 4_100]);
});

test('an unpaid invoice that nobody looks after is collected again, and its customer told', async () => {
  const workspace = await c.addWorkspace('lost');
  const invoice = await c.issue(workspace, 900n);
  await c.db('outbox').delete();
  const mend = () => mendCollecting(c.connections);
  const others = (await mend()).collected;
  await c.db('outbox').delete();
  await c.advance(16 * minuteMs);
  expect(await mend()).toMatchObject({ collected: others + 1, told: 0 });
  expect(await c.outbox(`collect:${invoice}`)).toEqual(['start']);
  await c.advance(hourMs);
  expect((await mend()).told).toBe(1);
  expect((await mend()).told).toBe(0);
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  expect(await c.collect(invoice)).toMatchObject({ for: 'method' });
  await c.db('outbox').delete();
  await c.advance(6 * dayMs);
  await mend();
  expect(await c.outbox(`collect:${invoice}`)).toEqual([]);
  await c.advance(2 * dayMs);
  await mend();
  expect(await c.outbox(`collect:${invoice}`)).toEqual(['start']);
});

test('what a credit note brings to nothing is heard of, and if not, daily', async () => {
  const workspace = await c.addWorkspace('credited');
  const invoice = await c.issue(workspace, 1_500n);
  expect(await c.collect(invoice)).toMatchObject({ for: 'method' });
  const crediting = {
    workspace,
    invoice,
    kind: 'goodwill',
    key: 'sorry',
    reason: 'sorry',
    amountCents: cents(1_500n),
  } as const;
  const { settings } = c.connections;
  const credited = { crediting, author: author(), isMailing: settings.isMailing, settings };
  await c.db.transaction((trx) => creditInvoice(trx, credited));
  expect(await c.outbox(`collect:${invoice}`)).toEqual(['start', 'signal']);
  await c.db('outbox').delete();
  await c.advance(2 * hourMs);
  await mendCollecting(c.connections);
  expect(await c.outbox(`collect:${invoice}`)).toEqual(['signal']);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  await c.db('outbox').delete();
  await c.advance(2 * hourMs);
  await mendCollecting(c.connections);
  expect(await c.outbox(`collect:${invoice}`)).toEqual([]);
});

test('where Stripe is away for an hour the customer hears of the invoice all the same', async () => {
  const workspace = await c.addWorkspace('away');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 950n);
  const unknown = { kind: 'unknown', why: 'away' } as const;
  const away = {
    ...c.payments,
    charge: () => Promise.resolve(unknown),
    lookUpCharge: () => Promise.resolve(unknown),
  };
  await expect(c.collect(invoice, { payments: away })).rejects.toMatchObject({ code: 'unavailable' });
  expect(await c.mails(invoice)).toEqual([]);
  await c.advance(hourMs);
  await expect(c.collect(invoice, { payments: away })).rejects.toMatchObject({ code: 'unavailable' });
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'payment_received']);
});

test.each(['pm_card_visa', 'pm_usBankAccount_success'])(
  '%s that was detached at Stripe is charged once it is on file again',
  async (name) => {
    const workspace = await c.addWorkspace(`again-${name}`);
    const gone = await c.addMethod(workspace, name);
    const invoice = await c.issue(workspace, 5_000n);
    await c.emulator.stripe.paymentMethods.detach(gone);
    expect(await c.collect(invoice)).toMatchObject({ kind: 'waiting', isPastDue: false });
    await c.advance(minuteMs);
    await c.addMethod(workspace, name);
    await c.collect(invoice);
    expect((await c.attempts(invoice)).map(({ state }) => state)).toEqual([
      'declined',
      name === 'pm_card_visa' ? 'paid' : 'processing',
    ]);
  },
);
