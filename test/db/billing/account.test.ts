// Which grants bills and standings are computed from: those that may still pay, with years of others behind them.
import { readBillingAccount } from '../../../db/billing/account';
import { readDrawsSince } from '../../../db/billing/grants';
import { hourOf } from '../../../domain/period';
import { minuteNanos, startBooks, type TestBooks, workspace } from '../books/books';
import { addGrant, at } from '../fixtures';

let books: TestBooks;
beforeEach(async () => {
  books = await startBooks();
});
afterEach(() => books.drop());

const give = (key: string, of: Partial<Parameters<typeof addGrant>[1]> = {}) =>
  addGrant(books.db, { workspace, key, nanos: 10n * minuteNanos, from: '2024-12-01T00:00:00Z', ...of });

async function account() {
  const read = await readBillingAccount(books.db, workspace);
  return { ...read, grants: (read?.grants ?? []).map(({ key }) => key).sort() };
}

test('grants that were over before anything unbilled are left out, and come back with late usage', async () => {
  await give('spent', { priority: 1 });
  await give('over', { until: '2024-12-20T10:30:00Z', priority: 2 });
  await give('end-of-month', { until: '2025-01-01T00:00:00Z', priority: 3 });
  await give('ends', { until: '2025-01-20T00:00:00Z', priority: 4 });
  await give('endless', { priority: 5 });
  await give('coming', { from: '2025-02-01T00:00:00Z' });
  await books.use('2024-12-10T00:00:00Z', 15);
  const all = ['coming', 'end-of-month', 'endless', 'ends', 'over', 'spent'];
  expect(await account()).toMatchObject({ grants: all, usedUpNanos: 0n, grantCount: 6 });

  await books.close('2024-12', '2025-01-01T00:10:00Z');
  const alive = ['coming', 'endless', 'ends'];
  expect(await account()).toMatchObject({ grants: alive, usedUpNanos: 10n * minuteNanos, grantCount: 6 });

  await books.use('2024-12-15T00:00:00Z', 1);
  expect(await account()).toMatchObject({ grants: all.filter((key) => key !== 'spent') });
  await books.close('2025-01', '2025-02-01T00:10:00Z');
  expect(await account()).toMatchObject({ grants: ['coming', 'endless'], usedUpNanos: 10n * minuteNanos });
  const drawn = books.db('standing_draws').where('grant_key', 'over').pluck('amount_nanos');
  expect(await drawn).toEqual([5n * minuteNanos, minuteNanos]);
});

test('a grant that is used up, and ends only later, is read until it is over', async () => {
  await give('ends', { until: '2025-01-20T00:00:00Z' });
  await books.use('2024-12-10T00:00:00Z', 15);
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  expect(await account()).toMatchObject({ grants: ['ends'], usedUpNanos: 0n });
  await books.close('2025-01', '2025-02-01T00:10:00Z');
  expect(await account()).toMatchObject({ grants: [], usedUpNanos: 0n, grantCount: 1 });
});

test('what was drawn is read from an hour on', async () => {
  await give('g', { nanos: 200n * minuteNanos });
  await books.use('2024-12-31T21:30:00Z', 150);
  await books.close('2024-12', '2025-01-01T00:10:00Z');
  const since = (instant: string) => readDrawsSince(books.db, { workspace, hour: hourOf(at(instant)) });
  expect(await since('2024-12-31T22:00:00Z')).toEqual([
    { hour: hourOf(at('2024-12-31T22:00:00Z')), amountNanos: 60n * minuteNanos },
    { hour: hourOf(at('2024-12-31T23:00:00Z')), amountNanos: 60n * minuteNanos },
  ]);
  expect(await since('2025-01-01T00:00:00Z')).toEqual([]);
});
