// The statement of credits: every movement of them, and balances that add up to what is left.
import type { CreditMovement, Credits } from '../../contract/credits';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

type Page = { readonly items: readonly CreditMovement[]; readonly next?: string };

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-01T00:00:00Z', freeCreditsUsd: '10' });
  await withAcme(book);
  const give = (key: string, amount: string, validUntil?: string) =>
    book.call('POST', '/v1/workspaces/acme/grants', {
      body: {
        key,
        kind: 'promotional',
        amount,
        validFrom: '2025-01-01T00:00:00Z',
        ...(validUntil && { validUntil, priority: 1 }),
      },
    });
  await give('spring', '5', '2025-01-20T00:00:00Z');
  await give('later', '100');
  await book.call('POST', '/v1/workspaces/acme/grants/later/end', { body: { from: '2025-01-02T00:00:00Z' } });
  // $3 of the grant that expires, $12 after it: $10 of them free.
  const used = [
    report('2025-01-10T00:00:00Z', '2025-01-10T05:00:00Z'),
    report('2025-01-25T00:00:00Z', '2025-01-25T20:00:00Z', { model: 'n' }),
  ];
  book.setClock('2025-02-01T06:00:00Z');
  await sendUsage(book, used, '2025-02-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  book.setClock('2025-02-03T00:00:00Z');
  await book.call('POST', '/v1/workspaces/acme/corrections', {
    body: {
      key: 'stuck',
      reason: 'stuck',
      void: [{ model: 'n', from: '2025-01-25T10:00:00Z', to: '2025-01-25T20:00:00Z' }],
    },
  });
});
afterAll(() => book.close());

const read = async (query = '') => (await book.call<Page>('GET', `/v1/workspaces/acme/credits/statement${query}`)).body;

test('it lists what was given, drawn, returned and expired, and the balance after each', async () => {
  const { items } = await read();
  const listed = items.map(({ kind, amount, balance }) => [kind, amount, balance]).reverse();
  expect(listed.slice(0, 4)).toEqual([
    ['given', '10.000000000', '10.000000000'],
    ['given', '5.000000000', '15.000000000'],
    ['given', '100.000000000', '115.000000000'],
    ['drawn', '-13.000000000', '102.000000000'],
  ]);
  // Two that expire at once have no order.
  const expired = listed.slice(4, 6);
  expect(expired.map(([kind, amount]) => [kind, amount]).sort()).toEqual([
    ['expired', '-100.000000000'],
    ['expired', '-2.000000000'],
  ]);
  expect(expired[1]?.[2]).toBe('0.000000000');
  expect(listed.slice(6)).toEqual([['returned', '4.000000000', '4.000000000']]);
});

test('each movement names what moved, and the grants that it is made of', async () => {
  const { items } = await read();
  expect(items.find(({ kind }) => kind === 'drawn')).toMatchObject({
    at: '2025-02-01T06:00:00Z',
    grants: [
      { grant: 'free', amount: '-10.000000000' },
      { grant: 'spring', amount: '-3.000000000' },
    ],
    invoice: 'inv:acme:2025-01:usage:1',
    number: 'acme-0001',
    period: '2025-01',
  });
  expect(items[0]).toMatchObject({
    kind: 'returned',
    grants: [{ grant: 'free', amount: '4.000000000' }],
    creditNote: 'cn:acme:1',
    creditNoteNumber: 'acme-CN-0001',
    number: 'acme-0001',
  });
  for (const { amount, grants } of items) {
    const nanosOf = (text: string) => BigInt(text.replace('.', ''));
    expect(grants.reduce((sum, each) => sum + nanosOf(each.amount), 0n)).toBe(nanosOf(amount));
  }
});

test('the last balance is what is left of grants that are not over', async () => {
  const { body } = await book.call<Credits>('GET', '/v1/workspaces/acme/credits');
  const left = body.grants.filter(({ status }) => status !== 'expired' && status !== 'ended');
  expect([left.map(({ remaining }) => remaining), (await read()).items[0]?.balance]).toEqual([
    ['4.000000000'],
    '4.000000000',
  ]);
});

test('it comes in pages, whose balances are those of the whole', async () => {
  const whole = (await read()).items;
  const paged: CreditMovement[] = [];
  for (let page = await read('?limit=2'); ; page = await read(`?limit=2&cursor=${page.next}`)) {
    paged.push(...page.items);
    if (page.next === undefined) break;
  }
  expect(paged).toEqual(whole);
});
