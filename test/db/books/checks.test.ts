// Each check of the books finds what it is for: with the database's own rules out of the way, the books are broken on purpose.
import { readBooks } from '../../../db/books/trial-balance';
import { aroundRules } from '../../harness/around-rules';
import { addGrant } from '../fixtures';
import { booksOf, startBooks, type TestBooks, workspace } from './books';

const invoice = 'inv:acme:2024-12:usage:1';

let books: TestBooks;
beforeEach(async () => {
  books = await startBooks();
  const nanos = 300_000_000n;
  await addGrant(books.db, { workspace, key: 'open', nanos, from: '2024-12-15T00:00:00Z' });
  await addGrant(books.db, {
    workspace,
    key: 'over',
    nanos,
    from: '2024-12-01T00:00:00Z',
    until: '2024-12-10T01:00:00Z',
  });
  await addGrant(books.db, { workspace, key: 'sold', nanos, from: '2024-12-15T00:00:00Z', kind: 'purchased' });
  await books.use('2024-12-10T00:50:00Z', 40);
  await books.close('2024-12', '2025-01-01T00:10:00Z');
});
afterEach(() => books.drop());

const breakBooks = (sql: string) => aroundRules(books.db, sql);

const posted = (posting: string, entries: Readonly<Record<string, number>>) => `
  insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at)
  values ${Object.entries(entries).map(([account, nanos]) => `('acme', '${posting}', '${account}', ${nanos}, now())`)}`;

test('books that nobody broke add up', async () => {
  const { balances, failing } = await booksOf(books.db);
  expect(failing).toEqual([]);
  expect(balances).toEqual({
    receivable: 300_000_000n,
    cash: 300_000_000n,
    revenue: -400_000_000n,
    credits: -600_000_000n,
    credits_granted: 600_000_000n,
    credits_expired: -200_000_000n,
  });
});

test.each<[string, string, Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>]>([
  [
    'an entry has another amount',
    `update ledger_entries set amount_nanos = amount_nanos + 1 where account = 'receivable'`,
    {
      postings: [{ posting: `invoice:${invoice}`, sum: '1' }],
      invoices: [{ invoice, receivable: '300000001' }],
      balances: [{ account: 'receivable', posted: '300000001', expected: '300000000' }],
    },
  ],
  [
    'an invoice is not posted',
    `delete from ledger_entries where posting like 'invoice:%'`,
    {
      invoices: [{ invoice, receivable: '0', credits: '0', revenue: '0' }],
      balances: [{ account: 'credits' }, { account: 'receivable' }, { account: 'revenue' }],
    },
  ],
  [
    'an invoice is posted with other credits',
    `update ledger_entries set amount_nanos = amount_nanos - 1 where posting like 'invoice:%' and account = 'credits';
     update ledger_entries set amount_nanos = amount_nanos + 1 where posting like 'invoice:%' and account = 'revenue'`,
    { invoices: [{ credits: '99999999' }], balances: [{ account: 'credits' }, { account: 'revenue' }] },
  ],
  [
    'a grant is not posted',
    `delete from ledger_entries where posting = 'grant:open'`,
    {
      grants: [{ grant: 'open', fault: 'giving it is posted as 0 owed, not as 300000000' }],
      balances: [{ account: 'credits' }, { account: 'credits_granted' }],
    },
  ],
  [
    'an expired grant is not posted as such',
    `delete from ledger_entries where posting like 'grant-expired:%'`,
    {
      grants: [{ grant: 'over', fault: 'expired is 200000000 of it, and posted is 0' }],
      balances: [{ account: 'credits' }, { account: 'credits_expired' }],
    },
  ],
  [
    'an expired grant has more left than the books say',
    `update credit_grants set remaining_nanos = remaining_nanos + 1 where key = 'over'`,
    {
      grants: [{ grant: 'over' }],
      balances: [{ account: 'credits_expired', posted: '-200000000', expected: '-200000001' }],
    },
  ],
  [
    'a grant that is not over has less left',
    `update credit_grants set remaining_nanos = remaining_nanos - 1 where key = 'open'`,
    { balances: [{ account: 'credits', posted: '-600000000', expected: '-599999999' }] },
  ],
  [
    'money was posted for a grant that was given for nothing',
    `update credit_grants set kind = 'goodwill' where key = 'sold'`,
    {
      grants: [{ grant: 'sold', fault: 'a grant of kind goodwill is posted with 0 as given for nothing' }],
      balances: [{ account: 'cash' }, { account: 'credits_granted' }],
    },
  ],
  [
    'something is posted that nothing explains',
    posted('stray', { cash: 5, fees: -5 }),
    {
      balances: [
        { account: 'cash', posted: '300000005', expected: '300000000' },
        { account: 'fees', posted: '-5', expected: '0' },
      ],
    },
  ],
  [
    'an invoice is posted that is not there',
    posted('invoice:none', { receivable: 5, revenue: -4, rounding: -1 }),
    {
      invoices: [{ invoice: 'none', receivable: '5', revenue: '-4' }],
      balances: [
        { account: 'receivable' },
        { account: 'revenue' },
        { account: 'rounding', posted: '-1', expected: '0' },
      ],
    },
  ],
  [
    'an invoice says that it was paid, and no money is posted',
    `update invoices set paid_cents = 1`,
    { balances: [{ account: 'receivable', posted: '300000000', expected: '290000000' }] },
  ],
])('the checks find that %s', async (_what, sql, expected) => {
  await breakBooks(sql);
  const { failing } = await booksOf(books.db);
  const found = failing.map(({ name, faults }) => [
    name,
    [...faults].sort((one, other) => String(one['account']).localeCompare(String(other['account']))),
  ]);
  expect(Object.fromEntries(found)).toMatchObject(expected);
  expect(failing.map(({ name }) => name)).toEqual(Object.keys(expected));
  expect(failing.flatMap(({ faults }) => faults).every((fault) => fault['workspace'] === workspace)).toBe(true);
});

test('a workspace is checked by itself, and the first twenty faults are shown', async () => {
  const entries = Array.from({ length: 25 }, (_, n) => `('other', 'p${n}', 'cash', 1, now())`);
  await breakBooks(
    `insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at) values ${entries}`,
  );
  const of = async (id: string | null) =>
    (await readBooks(books.db, { workspace: id, month: null })).checks.filter(({ holds }) => !holds);
  expect(await of(workspace)).toEqual([]);
  expect(await of('other')).toEqual(await of(null));
  const [postings, balances] = await of('other');
  expect(postings).toMatchObject({ name: 'postings', hasMore: true });
  expect(postings?.faults).toHaveLength(20);
  expect(balances?.faults).toEqual([{ workspace: 'other', account: 'cash', posted: '25', expected: '0' }]);
});
