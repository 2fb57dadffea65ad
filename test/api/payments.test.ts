// Money received elsewhere, and what is given up: over the API, with the books.
import type { InvoicePayments, Payment, PaymentsHealth } from '../../contract/payments';
import type { Refund } from '../../contract/refunds';
import { expectBooksToBalance } from '../commands/collecting';
import { type Minutebook, report, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
let tests = 0;
let workspace: string;
let invoice: string;
let later: string;

beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-10T12:00:00Z', freeCreditsUsd: '0' });
});
afterAll(() => book?.close());

// A workspace a test, with an invoice of $1.20 and a later one of $0.60.
beforeEach(async () => {
  workspace = `acme-${++tests}`;
  await withAcme(book, workspace);
  const used = (month: string, hours: number) =>
    report(`2025-${month}-02T00:00:00Z`, `2025-${month}-02T0${hours}:00:00Z`, { workspace });
  const reports = [used('01', 2), used('02', 1)];
  const body = { source: workspace, reports, completeThrough: '2025-03-01T00:00:00Z' };
  await book.call('POST', '/v1/usage', { body });
  for (const month of ['2025-01', '2025-02']) await book.activities.billing.finalizeInvoice({ workspace, month });
  [invoice, later] = ['2025-01', '2025-02'].map((month) => `inv:${workspace}:${month}:usage:1`) as [string, string];
});

type Invoice = { status: string; paid: string; remaining: string };
const pay = (entry: object, of: string = invoice) =>
  book.call<Payment & { code: string; detail: string }>('POST', `/v1/invoices/${of}/payments`, {
    body: { key: 'wire-1', amount: '1.20', reference: 'SWIFT 4711', ...entry },
  });
const writeOff = (entry: object = {}) =>
  book.call<Invoice & { code: string; detail: string }>('POST', `/v1/invoices/${invoice}/write-off`, {
    body: { key: 'w1', reason: 'insolvent', ...entry },
  });
const read = async (of: string = invoice) => (await book.call<Invoice>('GET', `/v1/invoices/${of}`)).body;
const balanceOf = async (account: string): Promise<bigint> => {
  const row = await book
    .db('ledger_entries')
    .where({ account, workspace_id: workspace })
    .sum({ sum: 'amount_nanos' })
    .first();
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
  await expectBooksToBalance(book.db, workspace);
  const audited = await book.db('audit_log').where({ action: 'payment.recorded', workspace_id: workspace });
  expect(audited).toHaveLength(1);
});

test.each([
  ['another amount', { amount: '1.19' }],
  ['another reference', { reference: 'other' }],
])('the same key with %s is refused', async (_what, other) => {
  await pay({});
  expect((await pay(other)).body).toMatchObject({ status: 409, code: 'conflict' });
  expect(await book.db('payments').where({ workspace_id: workspace })).toHaveLength(1);
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
  await expectBooksToBalance(book.db, workspace);
});

test('what is over pays the oldest that is unpaid, and the rest becomes a grant', async () => {
  const paid = await pay({ amount: '10' }, later);
  expect(paid.body).toMatchObject({ applied: '0.60', granted: '8.20' });
  expect([await read(), await read(later)]).toMatchObject([{ status: 'paid', paid: '1.20' }, { status: 'paid' }]);
  const grant = await book
    .db('credit_grants')
    .where({ workspace_id: workspace, key: 'overpayment:recorded:wire-1' })
    .first();
  expect(grant).toMatchObject({ kind: 'adjustment', amount_nanos: 8_200_000_000n });
  await expectBooksToBalance(book.db, workspace);
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
  expect(await book.db('payments').where({ workspace_id: workspace })).toHaveLength(0);
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
  await expectBooksToBalance(book.db, workspace);
});

test('what somebody pays too much does not pay what was written off', async () => {
  await writeOff();
  const paid = await pay({ amount: '1.00' }, later);
  expect(paid.body).toMatchObject({ applied: '0.60', granted: '0.40' });
  expect(await read()).toMatchObject({ status: 'uncollectible' });
});

test('of what is paid there is nothing to write off, and what is being paid is not', async () => {
  await book.db('payment_attempts').insert({
    workspace_id: workspace,
    invoice_id: invoice,
    number: 1,
    kind: 'charge',
    amount_cents: 120,
    method: 'pm_1',
    method_type: 'card',
    body: '{}',
    state: 'processing',
    made_at: '2025-03-09T00:00:00Z',
  });
  expect((await writeOff()).body.detail).toMatch(/is under way/);
  await pay({});
  expect((await writeOff()).body.detail).toMatch(/nothing remains/);
});

test('payments and attempts are told in words, which do not tell of fraud', async () => {
  await book.db('payment_attempts').insert({
    workspace_id: workspace,
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
      {
        number: 1,
        by: 'charge',
        state: 'failed',
        why: 'The bank that issued the card declined the payment.',
        whatToDo: expect.stringContaining('another card'),
      },
    ],
  });
  expect(JSON.stringify(body)).not.toMatch(/stolen|never/);
});

test.each([
  ['retry', '2025-03-12T00:00:00Z', /tried again by itself/],
  ['method', null, /No payment method is on file/],
  ['dispute', null, /Your bank is looking into/],
])(
  'an invoice that waits for %s says what happens next, and when where that is by the clock',
  async (what, at, says) => {
    await book.db('collectings').insert({
      workspace_id: workspace,
      invoice_id: invoice,
      waits_for: what,
      until: '2025-03-12T00:00:00Z',
      asked_at: '2025-03-10T00:00:00Z',
    });
    const { body } = await book.call<InvoicePayments>('GET', `/v1/invoices/${invoice}/payments`);
    expect(body.nextStep).toEqual({ for: what, says: expect.stringMatching(says), ...(at === null ? {} : { at }) });
  },
);

describe('the health of payments', () => {
  const health = async () => (await book.call<PaymentsHealth>('GET', '/health/payments', { key: '' })).body;
  const attempt = (number: number, more: object) =>
    book.db('payment_attempts').insert({
      ...{ workspace_id: workspace, invoice_id: invoice, number, kind: 'charge', amount_cents: 120 },
      ...{ method: 'pm_1', method_type: 'card', body: '{}', made_at: '2025-03-09T00:00:00Z' },
      ...more,
    });
  const settled = { settled_at: '2025-03-09T00:00:01Z' };

  test('counts what takes too long, what was refused, and codes that nobody knows', async () => {
    expect(await health()).toMatchObject({ late: { sending: 0, open: 0 }, refused: 0, unknownCodes: [], failing: 0 });
    await attempt(11, { state: 'declined', unknown_code: 'brand_new', ...settled });
    await attempt(12, { state: 'refused', ...settled });
    await attempt(13, { state: 'sending' });
    expect(await health()).toMatchObject({
      status: 'attention',
      late: { sending: 1, processing: 0, open: 0 },
      refused: 1,
      unknownCodes: [{ code: 'brand_new', count: 1 }],
    });
  });

  test('fails with the code of the last failure, and not with its words', async () => {
    const at = '2025-03-10T11:00:00Z';
    const trouble = 'payments_misconfigured: Stripe does not take our calls (401 …)';
    await book.db('collectings').insert({ workspace_id: workspace, invoice_id: invoice, asked_at: at, trouble });
    const found = await health();
    expect(found).toMatchObject({ status: 'failing', failing: 1 });
    expect(found.lastFailure).toEqual({ code: 'payments_misconfigured', at });
    const ready = await book.call('GET', '/health/ready', { key: '' });
    expect(ready).toMatchObject({ status: 200, body: { status: 'ready', payments: 'misconfigured' } });
    expect(JSON.stringify(found)).not.toContain('401');
  });
});

test('payments and refunds come a page at a time, each once and in its order', async () => {
  const keys = Array.from({ length: 5 }, (_, nth) => `wire-${nth}`);
  for (const key of keys) await pay({ key, amount: '0.10' });
  for (const key of keys.slice(0, 3)) {
    const body = { key, amount: '0.10', reason: 'sorry', payment: `recorded:${key}`, reference: 'back' };
    expect((await book.call('POST', `/v1/invoices/${invoice}/refunds`, { body })).status).toBe(201);
  }
  const pages = async <Page extends { readonly next?: string }>(list: string): Promise<readonly Page[]> => {
    const seen: Page[] = [];
    let cursor = '';
    do {
      const { status, body } = await book.call<Page>('GET', `/v1/invoices/${invoice}/${list}?limit=2${cursor}`);
      expect(status).toBe(200);
      seen.push(body);
      cursor = body.next === undefined ? '' : `&cursor=${body.next}`;
    } while (cursor !== '');
    return seen;
  };
  const payments = await pages<InvoicePayments>('payments');
  expect(payments.map((page) => page.payments.map(({ id }) => id))).toEqual([
    ['recorded:wire-0', 'recorded:wire-1'],
    ['recorded:wire-2', 'recorded:wire-3'],
    ['recorded:wire-4'],
  ]);
  expect(payments.every(({ attempts }) => attempts.length === 0)).toBe(true);
  const refunds = await pages<{ items: Refund[]; next?: string }>('refunds');
  expect(refunds.map(({ items }) => items.map(({ key, parts }) => [key, parts.length]))).toEqual([
    [
      ['wire-0', 1],
      ['wire-1', 1],
    ],
    [['wire-2', 1]],
  ]);
  expect((await book.call('GET', `/v1/invoices/${invoice}/refunds?cursor=x`)).status).toBe(400);
  expect((await book.call('GET', `/v1/invoices/${invoice}/payments?cursor=x`)).status).toBe(400);
});
