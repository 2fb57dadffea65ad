import { type Minutebook, type Problem, report, sendUsage, startMinutebook, withAcme } from '../minutebook';

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z', usageLagLimitMs: 3_600_000 });
  await withAcme(book);
});
afterEach(() => book.close());

// Looked at every five seconds: what was seen before is forgotten by waiting.
const looksAgain = () => jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 6_000);
afterEach(() => jest.restoreAllMocks());

const one = report('2025-01-10T10:00:00Z', '2025-01-10T10:10:00Z');

test('usage is taken while what came before is metered in time, and refused while it is not', async () => {
  expect((await sendUsage(book, [one])).status).toBe(202);
  book.setClock('2025-01-10T12:59:00Z');
  looksAgain();
  expect((await sendUsage(book, [one])).status).toBe(202);
  book.setClock('2025-01-10T13:01:00Z');
  looksAgain();
  const stored = await book.db('usage_reports').count();
  const answer = await book.call<Problem>('POST', '/v1/usage', { body: { source: 'cluster-1', reports: [one] } });
  expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([429, 'metering_behind', '30']);
  expect(answer.body.detail).toMatch(/61 minutes behind.*at most 60.*nothing was stored/);
  expect(await book.db('usage_reports').count()).toEqual(stored);
  await book.meter();
  looksAgain();
  expect((await sendUsage(book, [one])).status).toBe(202);
});

test('as much as comes is taken where no limit is set', async () => {
  const other = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  try {
    await withAcme(other);
    await sendUsage(other, [one]);
    other.setClock('2025-01-20T12:00:00Z');
    looksAgain();
    expect((await sendUsage(other, [one])).status).toBe(202);
  } finally {
    await other.close();
  }
});
