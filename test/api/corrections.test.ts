// Corrections over HTTP: what an open month, an unpaid and a paid invoice say afterwards, and what is refused.
import type { Correction } from '../../contract/corrections';
import type { CreditNote } from '../../contract/credit-notes';
import type { Credits } from '../../contract/credits';
import type { Dashboard } from '../../contract/dashboard';
import type { Invoice, UpcomingInvoice } from '../../contract/invoices';
import { allowPaying, pay } from '../harness/paid';
import { type Minutebook, type Problem, report, sendUsage, startMinutebook, withAcme } from './minutebook';

const now = '2025-02-10T12:00:00Z';
let book: Minutebook;
let workspace = '';
let january = '';
let tests = 0;
beforeAll(async () => {
  book = await startMinutebook({ now, freeCreditsUsd: '0' });
  await allowPaying(book.db);
});
beforeEach(async () => {
  book.setClock(now);
  workspace = `acme${++tests}`;
  january = `inv:${workspace}:2025-01:usage:1`;
  await withAcme(book, workspace);
});
afterAll(() => book.close());

const hours = (day: string, from: number, to: number) => ({
  model: 'm',
  from: `2025-${day}T${String(from).padStart(2, '0')}:00:00Z`,
  to: `2025-${day}T${String(to).padStart(2, '0')}:00:00Z`,
});

async function get<Body>(path: string): Promise<Body> {
  const { status, body } = await book.call<Body>('GET', path);
  expect([path, status]).toEqual([path, 200]);
  return body;
}

function correct(voided: readonly object[], more: object = {}, query = '') {
  const body = { key: 'c1', reason: 'stuck after a network fault', void: voided, ...more };
  return book.call<Correction>('POST', `/v1/workspaces/${workspace}/corrections${query}`, { body });
}

const used = (from: string, to: string, facts: object = {}) => report(from, to, { workspace, ...facts });

async function use(reports: readonly unknown[], completeThrough?: string) {
  await sendUsage(book, reports, completeThrough);
  await book.meter();
}

/** Ten hours of one replica on 2 January: six dollars. */
async function issueJanuary() {
  await use([used('2025-01-02T00:00:00Z', '2025-01-02T10:00:00Z')], '2025-02-01T00:00:00Z');
  await book.activities.billing.finalizeInvoice({ workspace, month: '2025-01' });
}

async function expectBooksBalance() {
  const { rows } = await book.db.raw(
    'select posting from ledger_entries where workspace_id = ? group by posting having sum(amount_nanos) <> 0',
    [workspace],
  );
  expect(rows).toEqual([]);
}

async function balances(): Promise<Record<string, bigint>> {
  const { rows } = await book.db.raw(
    `select account, sum(amount_nanos)::int8 as sum from ledger_entries where workspace_id = ?
     group by account having sum(amount_nanos) <> 0`,
    [workspace],
  );
  return Object.fromEntries(rows.map((row: { account: string; sum: bigint }) => [row.account, row.sum]));
}

test('an open month shrinks, without a note, and shows what is void apart', async () => {
  await use([used('2025-02-02T00:00:00Z', '2025-02-02T10:00:00Z')]);
  const made = await correct([hours('02-02', 2, 4)]);
  expect([made.status, made.body]).toMatchObject([201, { key: 'c1', as: 'refund', voidMinutes: 120, creditNotes: [] }]);
  const dashboard = await get<Dashboard>(`/v1/workspaces/${workspace}/usage?period=2025-02`);
  expect(dashboard).toMatchObject({
    models: [{ model: 'm', activeMinutes: 480, replicaMinutes: 480, listAmount: '4.800000000' }],
    bill: { listAmount: '4.800000000', total: '4.80' },
    voidUsage: [{ model: 'm', version: 'v1', instanceType: 'gpu', replicaMinutes: 120 }],
  });
  expect(dashboard.models[0]?.versions[0]?.instanceTypes[0]?.phases.serving).toBe(480);
});

test('an unpaid invoice is credited by a note, and less remains', async () => {
  await issueJanuary();
  const { status, body } = await correct([hours('01-02', 2, 4)]);
  expect(status).toBe(201);
  expect(body.creditNotes).toMatchObject([
    {
      id: `cn:${workspace}:1`,
      number: `${workspace}-CN-0001`,
      invoice: january,
      kind: 'correction',
      amount: '1.20',
      lowersDue: '1.20',
      toRefund: '0.00',
      lines: [{ kind: 'usage', model: 'm', replicaMinutes: 120, usdPerMinute: '0.01', amount: '1.20' }],
    },
  ]);
  expect(await get<Invoice>(`/v1/invoices/${january}`)).toMatchObject({
    status: 'issued',
    bill: { total: '6.00' },
    credited: '1.20',
    remaining: '4.80',
    toRefund: '0.00',
  });
  expect(await get(`/v1/workspaces/${workspace}/usage?period=2025-01`)).toMatchObject({
    models: [{ replicaMinutes: 480 }],
    bill: { total: '6.00' },
    credited: '1.20',
    voidUsage: [{ replicaMinutes: 120 }],
  });
  expect(await get<{ items: CreditNote[] }>(`/v1/invoices/${january}/credit-notes`)).toEqual({
    items: body.creditNotes,
  });
  expect(await get(`/v1/credit-notes/cn:${workspace}:1`)).toEqual(body.creditNotes[0]);
  expect(await get(`/v1/workspaces/${workspace}/corrections`)).toEqual({ items: [body] });
  expect(await get(`/v1/workspaces/${workspace}/corrections/c1`)).toEqual(body);
  await expectBooksBalance();
  expect(await balances()).toEqual({ receivable: 4_800_000_000n, revenue: -4_800_000_000n });
});

test('an invoice credited down to nothing is paid', async () => {
  await issueJanuary();
  await correct([hours('01-02', 0, 10)]);
  expect(await get(`/v1/invoices/${january}`)).toMatchObject({ status: 'paid', credited: '6.00', remaining: '0.00' });
});

test('what was paid waits to be refunded', async () => {
  await issueJanuary();
  await pay(book.db, { invoice: january, cents: 600 });
  const { body } = await correct([hours('01-02', 2, 4)]);
  expect(body.creditNotes).toMatchObject([{ amount: '1.20', lowersDue: '0.00', toRefund: '1.20', asCredits: '0.00' }]);
  expect(await get(`/v1/invoices/${january}`)).toMatchObject({ status: 'paid', credited: '1.20', toRefund: '1.20' });
  expect(await balances()).toMatchObject({ refunds: -1_200_000_000n, revenue: -4_800_000_000n });
  await expectBooksBalance();
});

test('what was paid becomes credits where that is asked for, from the hour of the correction', async () => {
  await issueJanuary();
  await pay(book.db, { invoice: january, cents: 600 });
  book.setClock('2025-02-10T12:34:56Z');
  const { body } = await correct([hours('01-02', 2, 4)], { as: 'credits' });
  expect(body.creditNotes).toMatchObject([
    { amount: '1.20', toRefund: '0.00', asCredits: '1.20', grant: 'correction:c1:1' },
  ]);
  expect(await get<Credits>(`/v1/workspaces/${workspace}/credits`)).toMatchObject({
    grants: [
      {
        key: 'correction:c1:1',
        kind: 'adjustment',
        amount: '1.200000000',
        validFrom: '2025-02-10T12:00:00Z',
        validUntil: null,
      },
    ],
  });
  expect(await get(`/v1/invoices/${january}`)).toMatchObject({ refunded: '1.20', toRefund: '0.00', remaining: '0.00' });
  await expectBooksBalance();
  expect(await balances()).toMatchObject({ credits: -1_200_000_000n, receivable: 6_000_000_000n });
});

test('a preview changes nothing, takes no number and no key, and answers both bills', async () => {
  await issueJanuary();
  await use([used('2025-02-02T00:00:00Z', '2025-02-02T10:00:00Z')]);
  const both = [hours('01-02', 2, 4), hours('02-02', 0, 1)];
  const preview = await correct(both, {}, '?preview=true');
  expect(preview.status).toBe(200);
  expect(preview.body).toMatchObject({
    voidMinutes: 180,
    creditNotes: [{ number: `${workspace}-CN-0001`, amount: '1.20' }],
    bills: [
      {
        period: '2025-01',
        invoice: january,
        before: { total: '6.00' },
        after: { listAmount: '4.800000000', total: '4.80' },
      },
      { period: '2025-02', before: { total: '6.00' }, after: { total: '5.40' } },
    ],
  });
  expect(await get(`/v1/invoices/${january}`)).toMatchObject({ credited: '0.00', remaining: '6.00' });
  expect(await get(`/v1/workspaces/${workspace}/corrections`)).toEqual({ items: [] });
  expect(await get<UpcomingInvoice>(`/v1/workspaces/${workspace}/invoices/upcoming`)).toMatchObject({
    bill: { total: '6.00' },
  });
  const { status, body } = await correct(both);
  expect(status).toBe(201);
  const { bills: _, ...previewed } = preview.body;
  expect(body).toEqual(previewed);
});

test('the same key with the same content changes nothing more, with other content it is refused', async () => {
  await issueJanuary();
  const first = await correct([hours('01-02', 2, 4)]);
  const again = await correct([hours('01-02', 2, 4)]);
  expect([again.status, again.body]).toEqual([200, first.body]);
  for (const other of [{ reason: 'another' }, { as: 'credits' }, { void: [hours('01-02', 2, 5)] }]) {
    expect((await correct([hours('01-02', 2, 4)], other)).status).toBe(409);
  }
  expect(await get(`/v1/invoices/${january}`)).toMatchObject({ credited: '1.20' });
});

test('taken back, its minutes are late usage of the next invoice, and its key cannot come again', async () => {
  await issueJanuary();
  const { body } = await correct([hours('01-02', 2, 4)]);
  const taken = await book.call<Correction>('DELETE', `/v1/workspaces/${workspace}/corrections/c1`);
  expect([taken.status, taken.body]).toEqual([200, { ...body, takenBackAt: '2025-02-10T12:00:00Z' }]);
  expect((await book.call('DELETE', `/v1/workspaces/${workspace}/corrections/c1`)).body).toEqual(taken.body);
  expect((await book.call('DELETE', `/v1/workspaces/${workspace}/corrections/c2`)).status).toBe(404);
  const dashboard = await get<Dashboard>(`/v1/workspaces/${workspace}/usage?period=2025-01`);
  expect(dashboard).toMatchObject({ models: [{ replicaMinutes: 600 }], unbilled: { listAmount: '1.200000000' } });
  expect(dashboard).not.toHaveProperty('voidUsage');
  expect(await get(`/v1/workspaces/${workspace}/invoices/upcoming`)).toMatchObject({
    lines: [{ description: 'm v1 on gpu (January 2025, reported late)', replicaMinutes: 120, amount: '1.20' }],
    bill: { total: '1.20' },
  });
  const again = await correct([hours('01-02', 2, 4)]);
  expect([again.status, (again.body as unknown as Problem).detail]).toEqual([
    409,
    expect.stringContaining('taken back'),
  ]);
});

test('minutes that a standing correction matches are void when they are reported later, and count once it is taken back', async () => {
  await issueJanuary();
  await correct([{ ...hours('01-02', 0, 23), replica: 'r1' }]);
  await use([
    used('2025-01-02T10:00:00Z', '2025-01-02T11:00:00Z'),
    used('2025-01-02T10:00:00Z', '2025-01-02T11:00:00Z', { replica: 'r2' }),
  ]);
  expect(await get(`/v1/workspaces/${workspace}/usage?period=2025-01`)).toMatchObject({
    unbilled: { listAmount: '0.600000000' },
    voidUsage: [{ replicaMinutes: 660 }],
  });
  await book.call('DELETE', `/v1/workspaces/${workspace}/corrections/c1`);
  expect(await get(`/v1/workspaces/${workspace}/usage?period=2025-01`)).toMatchObject({
    unbilled: { listAmount: '7.200000000' },
  });
});

test('minutes that another correction matches stay void when one is taken back', async () => {
  await issueJanuary();
  await correct([hours('01-02', 0, 4)]);
  const second = await correct([hours('01-02', 2, 6)], { key: 'c2' });
  expect(second.body).toMatchObject({
    voidMinutes: 120,
    creditNotes: [{ number: `${workspace}-CN-0002`, amount: '1.20' }],
  });
  await book.call('DELETE', `/v1/workspaces/${workspace}/corrections/c1`);
  expect(await get(`/v1/workspaces/${workspace}/usage?period=2025-01`)).toMatchObject({
    unbilled: { listAmount: '1.200000000' },
    voidUsage: [{ replicaMinutes: 240 }],
  });
});

test('an invoice of which credits were given, and whose payment then came back, can be credited further', async () => {
  await issueJanuary();
  await pay(book.db, { invoice: january, cents: 600 });
  await correct([hours('01-02', 2, 4)], { as: 'credits' });
  await pay(book.db, { invoice: january, cents: 0, returned: 600 });
  const { status, body } = await correct([hours('01-02', 4, 5)], { key: 'c2' });
  expect([status, body.creditNotes]).toMatchObject([
    201,
    [{ amount: '0.60', lowersDue: '0.60', toRefund: '0.00', asCredits: '0.00', writtenOff: '0.00' }],
  ]);
  // The credits of $1.20 were given for money that is not there any more.
  expect(await get(`/v1/invoices/${january}`)).toMatchObject({ credited: '1.80', remaining: '5.40', toRefund: '0.00' });
  await expectBooksBalance();
});

describe('is refused with the reason', () => {
  const detailOf = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer;
    const { detail, faults } = body as Problem;
    return [status, faults?.[0]?.field, detail];
  };

  beforeEach(issueJanuary);

  test('where nothing was reported', async () => {
    expect(await detailOf(correct([hours('01-02', 2, 4), { ...hours('01-02', 2, 4), replica: 'r9' }]))).toEqual([
      400,
      'void[1]',
      expect.stringContaining('model m, replica r9 none was from 2025-01-02T02:00:00Z'),
    ]);
  });

  test("outside of the workspace's life", async () => {
    const before = { model: 'm', from: '2024-12-01T00:00:00Z', to: '2025-01-01T00:00:00Z' };
    expect(await detailOf(correct([before]))).toEqual([400, 'void[0].to', expect.stringContaining('began')]);
    const after = { model: 'm', from: '2025-01-02T00:00:00Z', to: '2025-02-10T12:06:00Z' };
    expect(await detailOf(correct([after]))).toEqual([400, 'void[0].to', expect.stringContaining('not used yet')]);
    // Taken up to the minute it would be in a year of five digits.
    const last = { ...after, to: '9999-12-31T23:59:59Z' };
    expect(await detailOf(correct([last]))).toEqual([400, 'void[0].to', expect.stringContaining('not used yet')]);
  });

  test('where all is void already', async () => {
    await correct([hours('01-02', 2, 4)]);
    expect(await detailOf(correct([hours('01-02', 3, 4)], { key: 'c2' }))).toEqual([
      409,
      'void',
      expect.stringContaining('void already, by earlier corrections'),
    ]);
    expect(await get(`/v1/workspaces/${workspace}/corrections`)).toMatchObject({ items: [{ key: 'c1' }] });
  });

  test('of an invoice that is void with its usage', async () => {
    await book.call('POST', `/v1/invoices/${january}/void`, { body: { key: 'v', reason: 'wrong', usage: 'voided' } });
    expect(await detailOf(correct([hours('01-02', 3, 4)]))).toEqual([
      409,
      'void',
      expect.stringContaining(`${workspace}-0001, which is void`),
    ]);
  });

  test('where the body is not right, with every fault', async () => {
    const { status, body } = await book.call('POST', `/v1/workspaces/${workspace}/corrections`, {
      body: {
        key: 'a b',
        as: 'cash',
        void: [{ model: '', from: 'x', to: '2025-01-02T00:00:00Z' }, hours('01-02', 4, 4)],
      },
    });
    expect([status, body.faults?.map(({ field }) => field)]).toEqual([
      400,
      ['key', 'reason', 'as', 'void[0].model', 'void[0].from', 'void[1].to'],
    ]);
    expect((await correct([])).status).toBe(400);
    const long = await correct([hours('01-02', 2, 4)], { key: 'k'.repeat(101), as: 'credits' });
    expect(long.status).toBe(400);
  });
});

describe('goodwill', () => {
  const credit = (amount: unknown, key = 'g1') =>
    book.call<CreditNote>('POST', `/v1/invoices/${january}/credit-notes`, { body: { key, reason: 'sorry', amount } });

  beforeEach(issueJanuary);

  test('lowers what remains, once under its key', async () => {
    const first = await credit('2.5');
    expect([first.status, first.body]).toMatchObject([
      201,
      {
        kind: 'goodwill',
        amount: '2.50',
        lowersDue: '2.50',
        lines: [{ kind: 'goodwill', description: 'sorry', amount: '2.50' }],
      },
    ]);
    expect(await credit('2.50')).toMatchObject({ status: 200, body: first.body });
    expect((await credit('2.51')).status).toBe(409);
    expect(await get(`/v1/invoices/${january}`)).toMatchObject({ credited: '2.50', remaining: '3.50' });
    expect(await balances()).toEqual({
      receivable: 3_500_000_000n,
      discounts: 2_500_000_000n,
      revenue: -6_000_000_000n,
    });
  });

  test('is bounded by what is left to credit', async () => {
    await credit('2');
    const { status, body } = await credit('4.01', 'g2');
    expect([status, (body as unknown as Problem).faults?.[0]]).toMatchObject([
      409,
      { field: 'amount', message: expect.stringContaining('at most 4.00 US dollars') },
    ]);
    expect((await credit('4', 'g3')).status).toBe(201);
    expect(await get(`/v1/invoices/${january}`)).toMatchObject({ status: 'paid', remaining: '0.00' });
  });

  test.each(['0', '-1', '0.001', 'x'])('of %s is no amount', async (amount) => {
    expect((await credit(amount)).status).toBe(400);
  });

  test('changes nothing of what a correction starts from, and what exceeds the total is said', async () => {
    await credit('5.5');
    const { body } = await correct([hours('01-02', 2, 4)]);
    expect(body.creditNotes).toMatchObject([
      { amount: '0.50', notCredited: '0.70', lines: [{ amount: '1.20' }, { kind: 'adjustment', amount: '-0.70' }] },
    ]);
    expect(await get(`/v1/invoices/${january}`)).toMatchObject({ status: 'paid', credited: '6.00', remaining: '0.00' });
    expect(await balances()).toEqual({ discounts: 4_800_000_000n, revenue: -4_800_000_000n });
  });
});

describe('a void', () => {
  const voidIt = (usage: string, more: object = {}) =>
    book.call<CreditNote>('POST', `/v1/invoices/${january}/void`, {
      body: { key: 'v1', reason: 'wrong', usage, ...more },
    });

  test("whose usage is owed: the next invoice bills it, by today's grants", async () => {
    await issueJanuary();
    const { status, body } = await voidIt('owed');
    expect([status, body]).toMatchObject([201, { kind: 'void', usage: 'owed', amount: '6.00', lowersDue: '6.00' }]);
    expect(await get(`/v1/invoices/${january}`)).toMatchObject({ status: 'void', credited: '6.00', remaining: '0.00' });
    await book.call('POST', `/v1/workspaces/${workspace}/grants`, {
      body: { key: 'g', kind: 'goodwill', amount: '1', validFrom: '2025-01-01T00:00:00Z' },
    });
    expect(await get(`/v1/workspaces/${workspace}/invoices/upcoming`)).toMatchObject({
      bill: { listAmount: '6.000000000', creditsApplied: '1.000000000', total: '5.00' },
    });
    await expectBooksBalance();
  });

  test('whose usage is owed lets its price be put right first', async () => {
    await issueJanuary();
    const price = { instanceType: 'gpu', usdPerMinute: '0.02', effectiveFrom: '2025-01-01T00:00:00Z', workspace };
    expect((await book.call('PUT', '/v1/prices', { body: [price] })).status).toBe(409);
    await voidIt('owed');
    expect((await book.call('PUT', '/v1/prices', { body: [price] })).status).toBe(200);
    await book.meter();
    expect(await get(`/v1/workspaces/${workspace}/invoices/upcoming`)).toMatchObject({ bill: { total: '12.00' } });
  });

  test('whose usage is void: exactly the minutes that it held, of what was reported later nothing', async () => {
    await issueJanuary();
    await use([used('2025-01-02T02:30:00Z', '2025-01-02T03:30:00Z', { replica: 'r2' })]);
    await voidIt('voided');
    expect(await get(`/v1/workspaces/${workspace}/usage?period=2025-01`)).toMatchObject({
      models: [{ replicaMinutes: 60 }],
      voidUsage: [{ replicaMinutes: 600 }],
      unbilled: { listAmount: '0.600000000' },
      invoice: { status: 'void' },
    });
    await expectBooksBalance();
  });

  test('gives back what was drawn', async () => {
    await book.call('POST', `/v1/workspaces/${workspace}/grants`, {
      body: { key: 'g', kind: 'goodwill', amount: '1', validFrom: '2025-01-01T00:00:00Z' },
    });
    await issueJanuary();
    const { body } = await voidIt('voided');
    expect(body).toMatchObject({ amount: '5.00', creditsReturned: '1.000000000' });
    expect(await get(`/v1/workspaces/${workspace}/credits`)).toMatchObject({
      grants: [{ remaining: '1.000000000' }],
      draws: [],
    });
  });

  test('is of an unpaid invoice of which something remains, once', async () => {
    await issueJanuary();
    await pay(book.db, { invoice: january, cents: 100 });
    expect((await voidIt('owed')).status).toBe(409);
    await pay(book.db, { invoice: january, cents: 500 });
    expect((await voidIt('owed')).status).toBe(409);
    await pay(book.db, { invoice: january, cents: 0, returned: 600 });
    const first = await voidIt('owed');
    expect(first.status).toBe(201);
    expect(await voidIt('owed')).toMatchObject({ status: 200, body: first.body });
    expect((await voidIt('voided')).status).toBe(409);
    expect((await voidIt('owed', { key: 'v2' })).status).toBe(409);
    const goodwill = { key: 'g', reason: 'sorry', amount: '1' };
    expect((await book.call('POST', `/v1/invoices/${january}/credit-notes`, { body: goodwill })).status).toBe(409);
  });
});
