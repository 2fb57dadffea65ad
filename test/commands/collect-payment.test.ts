// Collecting against a real Postgres and the emulator of Stripe: whatever happens, each invoice is paid once.

import { readInvoiceDocument } from '../../commands/read-invoice-document';
import { readInvoice } from '../../db/billing/invoices-read';
import { dayMs, hourMs, minuteMs } from '../../domain/period';
import type { ChargeOutcome, Payments } from '../../gateways/payments/payments';
import { type Collecting, expectBooksToBalance, startCollecting } from './collecting';

let c: Collecting;
beforeAll(async () => {
  c = await startCollecting();
});
afterAll(() => c?.stop());

test('with a card on file an invoice is paid at once, with its receipt and its postings', async () => {
  const workspace = await c.addWorkspace('at-once');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 12_345n);
  expect(await c.outbox(`collect:${invoice}`)).toEqual(['start']);
  expect(await c.mails(invoice)).toEqual([]);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.charged(workspace)).toEqual([12_345]);
  expect(await c.invoice(invoice)).toMatchObject({ status: 'paid', remaining_cents: 0n, paid_cents: 12_345n });
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  expect(await c.mailFacts(`invoice-issued:${invoice}`)).toMatchObject({
    settlement: { kind: 'paid', method: 'Visa ending 4242' },
    totalCents: '12345',
    usageCents: '12345',
  });
  const stored = await readInvoice(c.db, invoice);
  expect(stored && (await readInvoiceDocument(c.db, stored)).payment).toBe(
    'It is paid in full by Visa ending 4242. Thank you.',
  );
  await expectBooksToBalance(c.db, workspace);
  const cash = await c.db('ledger_entries').where({ workspace_id: workspace, account: 'cash' });
  const { data } = await c.emulator.stripe.balanceTransactions.list({ limit: 1 });
  expect(cash).toMatchObject([{ amount_nanos: BigInt(data[0]?.net ?? 0) * 10_000_000n }]);
});

test('without a method it is mailed with links, past due an hour later, and charged at once when one comes, weeks later', async () => {
  const workspace = await c.addWorkspace('none');
  const invoice = await c.issue(workspace, 500n);
  expect(await c.collect(invoice)).toEqual({
    kind: 'waiting',
    for: 'method',
    isPastDue: false,
    until: c.at(c.now() + hourMs),
  });
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  const { settlement } = await c.mailFacts(`invoice-issued:${invoice}`);
  expect(settlement).toMatchObject({ kind: 'due', dueCents: '500' });
  expect(settlement).toMatchObject({
    payUrl: expect.stringMatching(/\/pay\//),
    methodUrl: expect.stringMatching(/\/method\//),
  });
  await c.advance(hourMs);
  expect(await c.collect(invoice)).toEqual({ kind: 'waiting', for: 'method', isPastDue: true });
  expect(await c.invoice(invoice)).toMatchObject({ status: 'past_due' });
  await c.advance(14 * dayMs);
  await c.addMethod(workspace, 'pm_card_mastercard');
  expect(await c.outbox(`collect:${invoice}`)).toEqual(['start', 'signal']);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'payment_received']);
  await expectBooksToBalance(c.db, workspace);
});

test('a card without money is tried by the calendar, five times in all, and then past due until another comes', async () => {
  const workspace = await c.addWorkspace('calendar');
  const start = c.now();
  await c.addMethod(workspace, 'pm_card_visa_chargeDeclinedInsufficientFunds').catch(() => undefined);
  await c.addMethod(workspace, 'pm_card_visa');
  const [known] = await c.db('payment_methods').where({ workspace_id: workspace, state: 'active' });
  const decline = { code: 'card_declined', decline_code: 'insufficient_funds' };
  await c.emulator.throwSwitch('cards', { paymentMethod: known.method, decline });
  const invoice = await c.issue(workspace, 900n);
  for (const hours of [24, 72, 120, 168]) {
    expect(await c.collect(invoice)).toMatchObject({
      kind: 'waiting',
      for: 'retry',
      until: c.at(start + hours * hourMs),
    });
    await c.advance(minuteMs);
    expect(await c.collect(invoice)).toMatchObject({ for: 'retry' });
    await c.advance(start + hours * hourMs - c.now());
  }
  expect(await c.collect(invoice)).toEqual({ kind: 'waiting', for: 'new_method', isPastDue: true });
  expect((await c.attempts(invoice)).map(({ state }) => state)).toEqual(Array(5).fill('declined'));
  expect(await c.invoice(invoice)).toMatchObject({ status: 'past_due' });
  expect(await c.mails(invoice)).toEqual([...Array(4).fill('payment_failed'), 'past_due']);
  await c.advance(14 * dayMs);
  expect(await c.collect(invoice)).toMatchObject({ for: 'new_method' });
  await c.addMethod(workspace, 'pm_card_amex');
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect((await c.mails(invoice)).at(-1)).toBe('payment_received');
  await expectBooksToBalance(c.db, workspace);
});

test('one that wants the customer is not tried again: a mail with a link, until another method comes', async () => {
  const workspace = await c.addWorkspace('authenticate');
  await c.addMethod(workspace, 'pm_card_authenticationRequired');
  const invoice = await c.issue(workspace, 700n);
  expect(await c.collect(invoice)).toEqual({ kind: 'waiting', for: 'authentication', isPastDue: true });
  await c.advance(40 * dayMs);
  expect(await c.collect(invoice)).toMatchObject({ for: 'authentication' });
  expect(await c.attempts(invoice)).toMatchObject([{ number: 1, state: 'needs_customer' }]);
  expect(await c.mails(invoice)).toEqual(['action_needed']);
  expect(await c.mailFacts(`payment-failed:${invoice}:1`)).toMatchObject({ row: 'authenticate', triedCents: '700' });
  await c.addMethod(workspace, 'pm_card_visa');
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
});

test('a card that is never to be charged again is not, for no later invoice either, nor added anew', async () => {
  const workspace = await c.addWorkspace('never');
  const method = await c.addMethod(workspace, 'pm_card_mastercard');
  const decline = { code: 'card_declined', decline_code: 'lost_card' };
  await c.emulator.throwSwitch('cards', { paymentMethod: method, decline });
  const first = await c.issue(workspace, 800n);
  expect(await c.collect(first)).toEqual({ kind: 'waiting', for: 'new_method', isPastDue: true });
  const second = await c.issue(workspace, 801n, '2024-02');
  expect(await c.collect(second)).toEqual({ kind: 'waiting', for: 'new_method', isPastDue: true });
  await c.advance(dayMs);
  await c.addMethod(workspace, 'pm_card_mastercard');
  expect(await c.collect(first)).toMatchObject({ for: 'new_method' });
  expect([...(await c.attempts(first)), ...(await c.attempts(second))]).toHaveLength(1);
  const { facts } = await c.db('emails').where({ about: first, kind: 'payment_failed' }).first();
  expect(facts.row).toBe('never_alone');
});

test('a bank debit is processing for days without dunning, and then paid', async () => {
  const workspace = await c.addWorkspace('debit');
  await c.addMethod(workspace, 'pm_usBankAccount_success');
  const invoice = await c.issue(workspace, 9_900n);
  expect(await c.collect(invoice)).toMatchObject({ kind: 'waiting', for: 'processing', isPastDue: false });
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  expect(await c.mailFacts(`invoice-issued:${invoice}`)).toMatchObject({ settlement: { kind: 'processing' } });
  await c.advance(dayMs);
  expect(await c.collect(invoice)).toMatchObject({ for: 'processing' });
  await c.advance(5 * dayMs);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.mails(invoice)).toEqual(['invoice_issued', 'payment_received']);
  await expectBooksToBalance(c.db, workspace);
});

test('less than fifty cents are carried, and paid with the next invoice, the older first', async () => {
  const workspace = await c.addWorkspace('carried');
  await c.addMethod(workspace, 'pm_card_visa');
  const small = await c.issue(workspace, 49n);
  expect(await c.collect(small)).toEqual({ kind: 'waiting', for: 'more', isPastDue: false });
  expect(await c.mailFacts(`invoice-issued:${small}`)).toMatchObject({ settlement: { kind: 'carried' } });
  await c.advance(40 * dayMs);
  expect(await c.collect(small)).toMatchObject({ for: 'more', isPastDue: false });
  const next = await c.issue(workspace, 1n, '2024-02');
  expect(await c.collect(next)).toEqual({ kind: 'paid' });
  expect(await c.outbox(`collect:${small}`)).toEqual(['start', 'signal']);
  expect(await c.collect(small)).toEqual({ kind: 'paid' });
  expect(await c.charged(workspace)).toEqual([50]);
  await expectBooksToBalance(c.db, workspace);
});

test('more than Stripe takes at once is charged in parts, each of them an attempt', async () => {
  const workspace = await c.addWorkspace('parts');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 250_000_001n);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect((await c.charged(workspace)).reduce((sum, part) => sum + part, 0)).toBe(250_000_001);
  expect((await c.attempts(invoice)).map(({ state }) => state)).toEqual(['paid', 'paid', 'paid']);
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  await expectBooksToBalance(c.db, workspace);
});

test('several that collect at once charge once', async () => {
  const workspace = await c.addWorkspace('race');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 4_200n);
  const all = await Promise.allSettled(Array.from({ length: 6 }, () => c.collect(invoice)));
  expect(all.some(({ status }) => status === 'fulfilled')).toBe(true);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.charged(workspace)).toEqual([4_200]);
  expect(await c.attempts(invoice)).toHaveLength(1);
  expect(await c.db('payments').where({ workspace_id: workspace })).toHaveLength(1);
  await expectBooksToBalance(c.db, workspace);
});

test.each([
  ['pm_card_discover', 'paid', 'paid'],
  ['pm_usBankAccount_success', 'processing', 'waiting'],
])('one %s pays for ten workspaces at once: what is on its way has not failed', async (method, state, kind) => {
  const payments = { ...c.payments, charge: () => Promise.reject(new Error('killed')) };
  const invoices: string[] = [];
  for (let nth = 1; nth <= 10; nth++) {
    const workspace = await c.addWorkspace(`shared-${state}-${nth}`);
    await c.addMethod(workspace, method);
    invoices.push(await c.issue(workspace, 700n));
  }
  for (const invoice of invoices) await expect(c.collect(invoice, { payments })).rejects.toThrow('killed');
  for (const invoice of invoices) {
    expect(await c.collect(invoice)).toMatchObject({ kind });
    expect(await c.attempts(invoice)).toMatchObject([{ number: 1, state }]);
  }
});

test('a method whose first charge was declined is charged again once its network has updated it', async () => {
  const workspace = await c.addWorkspace('updated');
  const method = await c.addMethod(workspace, 'pm_card_discover');
  const decline = { code: 'expired_card' };
  await c.emulator.throwSwitch('cards', { paymentMethod: method, decline, times: 1 });
  const invoice = await c.issue(workspace, 1_100n);
  expect(await c.collect(invoice)).toEqual({ kind: 'waiting', for: 'method_updated', isPastDue: true });
  await c.advance(3 * dayMs);
  expect(await c.collect(invoice)).toMatchObject({ for: 'method_updated' });
  await c
    .db('payment_methods')
    .where({ method })
    .update({ updated_at: c.at(c.now()), exp_year: 2040 });
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
});

describe('whatever goes wrong at the call, there is one charge', () => {
  const faults = [
    'timeout_after',
    'error_after',
    'reset_before',
    'reset_after',
    'rate_limited',
    'lock_timeout',
    'error_before',
  ];
  test.each(faults)('%s', async (kind) => {
    const workspace = await c.addWorkspace(`fault-${kind}`);
    await c.addMethod(workspace, 'pm_card_visa');
    const invoice = await c.issue(workspace, 3_300n);
    await c.emulator.throwSwitch('faults', { on: 'POST /v1/payment_intents', kind, times: 3 });
    let tries = 0;
    for (let paid = false; !paid && tries < 10; tries++) {
      paid = await c.collect(invoice).then(
        ({ kind: came }) => came === 'paid',
        () => false,
      );
      await c.advance(minuteMs);
    }
    await fetch(`${c.emulator.url}/_emulator/faults`, { method: 'DELETE' });
    expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
    expect(await c.charged(workspace)).toEqual([3_300]);
    expect(await c.attempts(invoice)).toMatchObject([{ number: 1, state: 'paid' }]);
    expect(await c.mails(invoice)).toEqual(['invoice_issued']);
    await expectBooksToBalance(c.db, workspace);
  });

  test('a lost answer that is looked up two days later, when the keys are forgotten, is found', async () => {
    const workspace = await c.addWorkspace('found-later');
    await c.addMethod(workspace, 'pm_card_visa');
    const invoice = await c.issue(workspace, 2_200n);
    const gone = { ...c.payments, lookUpCharge: () => Promise.resolve({ kind: 'unknown', why: 'away' } as const) };
    await c.emulator.throwSwitch('faults', { on: 'POST /v1/payment_intents', kind: 'reset_after', times: 2 });
    await expect(c.collect(invoice, { payments: gone })).rejects.toMatchObject({ code: 'unavailable' });
    expect(await c.waits(invoice)).toMatchObject({ trouble: expect.stringContaining('looked up again') });
    await c.advance(2 * dayMs);
    expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
    expect(await c.charged(workspace)).toEqual([2_200]);
    expect(await c.attempts(invoice)).toHaveLength(1);
  });

  test('one that never arrived is closed after the keys are forgotten, and the next number is tried', async () => {
    const workspace = await c.addWorkspace('never-arrived');
    await c.addMethod(workspace, 'pm_card_visa');
    const invoice = await c.issue(workspace, 2_300n);
    await c.emulator.throwSwitch('faults', { on: 'POST /v1/payment_intents', kind: 'reset_before', times: 4 });
    await expect(c.collect(invoice)).rejects.toMatchObject({ code: 'unavailable' });
    await fetch(`${c.emulator.url}/_emulator/faults`, { method: 'DELETE' });
    await c.advance(2 * dayMs);
    expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
    expect((await c.attempts(invoice)).map(({ state }) => state)).toEqual(['never_arrived', 'paid']);
    expect(await c.charged(workspace)).toEqual([2_300]);
  });

  type Dies = 'before the call' | 'after the call';
  test.each<Dies>(['before the call', 'after the call'])('a worker that dies %s', async (when) => {
    const workspace = await c.addWorkspace(`dies-${when.slice(0, 5)}`);
    await c.addMethod(workspace, 'pm_card_visa');
    const invoice = await c.issue(workspace, 1_234n);
    const dying = {
      ...c.payments,
      charge: async (request: Parameters<typeof c.payments.charge>[0]) => {
        if (when === 'after the call') await c.payments.charge(request);
        throw new Error('killed');
      },
    };
    await expect(c.collect(invoice, { payments: dying })).rejects.toThrow('killed');
    expect(await c.attempts(invoice)).toMatchObject([{ number: 1, state: 'sending' }]);
    expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
    expect(await c.charged(workspace)).toEqual([1_234]);
    await expectBooksToBalance(c.db, workspace);
  });
});

test('declined as a duplicate, the payment that it is one of is found at Stripe, and nothing is tried again', async () => {
  const workspace = await c.addWorkspace('duplicate');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 2_500n);
  // The first charge is carried out, and neither its answer nor the list of a whole day shows it.
  const lost: Payments = {
    ...c.payments,
    charge: async (request) => {
      await c.payments.charge(request);
      return { kind: 'unknown', why: 'the answer was lost' };
    },
    lookUpCharge: async () => ({ kind: 'absent' }),
  };
  await expect(c.collect(invoice, { payments: lost })).rejects.toMatchObject({ code: 'unavailable' });
  await c.advance(dayMs);
  const refused: Payments = { ...lost, charge: async () => duplicateOf('duplicate_transaction') };
  expect(await c.collect(invoice, { payments: refused })).toEqual({ kind: 'paid' });
  expect((await c.attempts(invoice)).map(({ state }) => state)).toEqual(['paid', 'declined']);
  expect(await c.charged(workspace)).toEqual([2_500]);
  expect(await c.invoice(invoice)).toMatchObject({ status: 'paid', paid_cents: 2_500n });
  expect(await c.mails(invoice)).toEqual(['invoice_issued']);
  await expectBooksToBalance(c.db, workspace);
});

test('declined as a duplicate of nothing of ours, the calendar goes on', async () => {
  const workspace = await c.addWorkspace('no-duplicate');
  await c.addMethod(workspace, 'pm_card_visa');
  const invoice = await c.issue(workspace, 2_500n);
  const payments: Payments = { ...c.payments, charge: async () => duplicateOf('duplicate_transaction') };
  expect(await c.collect(invoice, { payments })).toMatchObject({ kind: 'waiting', for: 'retry' });
  await c.advance(dayMs);
  expect(await c.collect(invoice)).toEqual({ kind: 'paid' });
  expect(await c.charged(workspace)).toEqual([2_500]);
});

function duplicateOf(declineCode: string): ChargeOutcome {
  const none = { adviceCode: null, networkDeclineCode: null, networkAdviceCode: null, returnCode: null };
  const decline = { methodType: 'card', brand: 'visa', code: 'card_declined', declineCode, ...none } as const;
  return { kind: 'declined', decline, paymentIntent: null, charge: null };
}
