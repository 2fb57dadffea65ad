// Money received elsewhere, and what is given up: over the API, with the books.
import type { InvoicePayments, Payment } from '../../contract/payments';
import { expectBooksToBalance } from '../commands/collecting';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
const invoice = 'inv:acme:2025-01:usage:1';
const later = 'inv:acme:2025-02:usage:1';

beforeEach(async () => {
  book = await startMinutebook({ now: '2025-03-10T12:00:00Z', freeCreditsUsd: '0' });
  await withAcme(book);
  const used = (month: string, hours: number) =>
    report(`2025-${month}-02T00:00:00Z`, `2025-${month}-02T0${hours}:00:00Z`);
  await sendUsage(book, [used('01', 2), used('02', 1)], '2025-03-01T00:00:00Z');
  await book.meter();
  for (const month of ['2025-01', '2025-02'])
    await book.activities.billing.finalizeInvoice({ workspace: 'acme', month });
});
afterEach(() => book.close());

type Invoice = { status: string; paid: string; remaining: string };
const pay = (entry: object, of = invoice) =>
  book.call<Payment & { code: string; detail: string }>('POST', `/v1/invoices/${of}/payments`, {
    body: { key: 'wire-1', amount: '1.20', reference: 'SWIFT 4711', ...entry },
  });
const writeOff = (entry: object = {}) =>
  book.call<Invoice & { code: string; detail: string }>('POST', `/v1/invoices/${invoice}/write-off`, {
    body: { key: 'w1', reason: 'insolvent', ...entry },
  });
const read = async (of = invoice) => (await book.call<Invoice>('GET', `/v1/invoices/${of}`)).body;
const balanceOf = async (account: string): Promise<bigint> => {
  const row = await book.db('ledger_entries').where({ account }).sum({ sum: 'amount_nanos' }).first();
  return BigInt(row?.['sum'] ?? 0);
};

test('a bank transfer pays the invoice, once under its key', async () => {
  const first = await pay({});
  expect([first.status, first.body]).toMatchObject([
    201,
    {
      id: 'recorded:wire-1',
      source: 'elsewhere',
      amount: '1.20',
      applied: '1.20',
      granted: '0.00',
      reference: 'SWIFT 4711',
    },
  ]);
  const again = await pay({});
  expect([again.status, again.body]).toEqual([200, first.body]);
  expect(await read()).toMatchObject({ status: 'paid', paid: '1.20', remaining: '0.00' });
  await expectBooksToBalance(book.db, 'acme');
  const audited = await book.db('audit_log').where({ action: 'payment.recorded' });
  expect(audited).toHaveLength(1);
});

test.each([
  ['another amount', { amount: '1.19' }],
  ['another reference', { reference: 'other' }],
])('the same key with %s is refused', async (_what, other) => {
  await pay({});
  expect((await pay(other)).body).toMatchObject({ status: 409, code: 'conflict' });
  expect(await book.db('payments')).toHaveLength(1);
});

test('the same key for another invoice is refused', async () => {
  await pay({});
  expect((await pay({}, later)).status).toBe(409);
});

test('a part of it leaves the rest to be paid', async () => {
  await pay({ amount: '0.50' });
  expect(await read()).toMatchObject({ status: 'issued', paid: '0.50', remaining: '0.70' });
  await pay({ key: 'wire-2', amount: '0.70' });
  expect(await read()).toMatchObject({ status: 'paid' });
  await expectBooksToBalance(book.db, 'acme');
});

test('what is over pays the oldest that is unpaid, and the rest becomes a grant', async () => {
  const paid = await pay({ amount: '10' }, later);
  expect(paid.body).toMatchObject({ applied: '0.60', granted: '8.20' });
  expect([await read(), await read(later)]).toMatchObject([{ status: 'paid', paid: '1.20' }, { status: 'paid' }]);
  const grant = await book.db('credit_grants').where({ key: 'overpayment:recorded:wire-1' }).first();
  expect(grant).toMatchObject({ kind: 'adjustment', amount_nanos: 8_200_000_000n });
  await expectBooksToBalance(book.db, 'acme');
  expect(await balanceOf('credits')).toBe(-8_200_000_000n);
});

test.each([
  [{ amount: '0' }, /amount: expected more than nothing/],
  [{ amount: '-1' }, /amount: expected more than nothing/],
  [{ amount: '0.005' }, /amount: expected whole cents/],
  [{ amount: '100000000.01' }, /amount: expected at most 100,000,000.00/],
  [{ amount: 'ten' }, /amount/],
  [{ key: 'k'.repeat(101) }, /key: expected at most 100 characters/],
  [{ reference: '' }, /reference/],
  [{ referense: 'x' }, /referense/],
])('%j is refused', async (entry, detail) => {
  const refused = await pay(entry);
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toMatch(detail);
  expect(await book.db('payments')).toHaveLength(0);
});

test('what remains is written off once, and a later payment reverses as much as it pays', async () => {
  await pay({ amount: '0.20' });
  const written = await writeOff();
  expect([written.status, written.body]).toMatchObject([200, { status: 'uncollectible', remaining: '1.00' }]);
  expect((await writeOff()).status).toBe(200);
  expect((await writeOff({ reason: 'other' })).status).toBe(409);
  expect(await balanceOf('bad_debt')).toBe(1_000_000_000n);
  await pay({ key: 'late', amount: '0.30' });
  expect(await read()).toMatchObject({ status: 'uncollectible', remaining: '0.70' });
  expect(await balanceOf('bad_debt')).toBe(700_000_000n);
  await pay({ key: 'last', amount: '0.70' });
  expect(await read()).toMatchObject({ status: 'paid', remaining: '0.00' });
  expect(await balanceOf('bad_debt')).toBe(0n);
  await expectBooksToBalance(book.db, 'acme');
});

test('what somebody pays too much does not pay what was written off', async () => {
  await writeOff();
  const paid = await pay({ amount: '1.00' }, later);
  expect(paid.body).toMatchObject({ applied: '0.60', granted: '0.40' });
  expect(await read()).toMatchObject({ status: 'uncollectible' });
});

test('of what is paid there is nothing to write off, and what is being paid is not', async () => {
  await book.db('payment_attempts').insert({
    workspace_id: 'acme',
    invoice_id: invoice,
    number: 1,
    kind: 'charge',
    amount_cents: 120,
    method: 'pm_1',
    method_type: 'card',
    body: '{}',
    state: 'processing',
    made_at: '2025-03-01T00:00:00Z',
  });
  expect((await writeOff()).body.detail).toMatch(/is under way/);
  await pay({});
  expect((await writeOff()).body.detail).toMatch(/nothing remains/);
});

test('payments and attempts are told in words, which do not tell of fraud', async () => {
  await book.db('payment_attempts').insert({
    workspace_id: 'acme',
    invoice_id: invoice,
    number: 1,
    kind: 'charge',
    amount_cents: 120,
    method: 'pm_1',
    method_type: 'card',
    body: '{}',
    state: 'declined',
    decline: JSON.stringify({ declineCode: 'stolen_card' }),
    followed_by: 'never_alone',
    made_at: '2025-03-01T00:00:00Z',
    settled_at: '2025-03-01T00:00:01Z',
  });
  await pay({ amount: '0.20' });
  const { body } = await book.call<InvoicePayments>('GET', `/v1/invoices/${invoice}/payments`);
  expect(body).toMatchObject({
    payments: [{ id: 'recorded:wire-1', applied: '0.20' }],
    attempts: [
      { number: 1, by: 'charge', state: 'failed', why: 'The bank that issued the card declined the payment.' },
    ],
  });
  expect(JSON.stringify(body)).not.toMatch(/stolen|never/);
});
