// Collecting against a real Postgres and the emulator of Stripe: whatever happens, each invoice is paid once.

import { dayMs, hourMs, minuteMs } from '../../domain/period';
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
