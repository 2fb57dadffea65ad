import { type Movement, trialBalance } from '../../domain/trial-balance';

const moved = (month: string, account: Movement['account'], debitsNanos: bigint, creditsNanos: bigint): Movement => ({
  month,
  account,
  debitsNanos,
  creditsNanos,
});

test('a month opens with what the one before closed with, also where nothing was posted in between', () => {
  const books = trialBalance([
    moved('2025-03', 'receivable', 1n, 4n),
    moved('2025-01', 'receivable', 7n, 2n),
    moved('2025-01', 'revenue', 0n, 5n),
    moved('2025-03', 'cash', 3n, 0n),
  ]);
  const line = (openingNanos: bigint, debitsNanos: bigint, creditsNanos: bigint, closingNanos: bigint) => ({
    openingNanos,
    debitsNanos,
    creditsNanos,
    closingNanos,
  });
  expect(books).toEqual([
    {
      month: '2025-01',
      accounts: [
        { account: 'receivable', ...line(0n, 7n, 2n, 5n) },
        { account: 'revenue', ...line(0n, 0n, 5n, -5n) },
      ],
      total: line(0n, 7n, 7n, 0n),
    },
    {
      month: '2025-02',
      accounts: [
        { account: 'receivable', ...line(5n, 0n, 0n, 5n) },
        { account: 'revenue', ...line(-5n, 0n, 0n, -5n) },
      ],
      total: line(0n, 0n, 0n, 0n),
    },
    {
      month: '2025-03',
      accounts: [
        { account: 'receivable', ...line(5n, 1n, 4n, 2n) },
        { account: 'cash', ...line(0n, 3n, 0n, 3n) },
        { account: 'revenue', ...line(-5n, 0n, 0n, -5n) },
      ],
      total: line(0n, 4n, 4n, 0n),
    },
  ]);
});

test('sums that leave 64 bits are kept', () => {
  const much = 2n ** 70n;
  const [month] = trialBalance([moved('2025-01', 'cash', much, 0n), moved('2025-01', 'revenue', 0n, much)]);
  expect(month?.total).toEqual({ openingNanos: 0n, debitsNanos: much, creditsNanos: much, closingNanos: 0n });
});

test('books without postings have no months', () => {
  expect(trialBalance([])).toEqual([]);
});

test('one month is asked for: it may lie behind the last posting, but before the first there is nothing', () => {
  const movements = [moved('2025-01', 'cash', 2n, 0n), moved('2025-01', 'revenue', 0n, 2n)];
  const one = (month: string) => trialBalance(movements, month);
  expect(one('2025-01')).toEqual(trialBalance(movements));
  expect(one('2025-03')).toMatchObject([{ month: '2025-03', accounts: [{ openingNanos: 2n, closingNanos: 2n }, {}] }]);
  expect(one('2024-12')).toEqual([]);
});
