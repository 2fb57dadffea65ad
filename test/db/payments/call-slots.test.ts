// Slots of calls to the payment processor, as several processes take them from one row.
import { takeCallSlots } from '../../../db/payments/call-slots';
import { createTestDatabase, type TestDatabase } from '../../harness/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ poolMax: 10 });
});
afterAll(() => database.drop());
beforeEach(() => database.db.raw('truncate call_slots'));

const take = (urgency: 'steady' | 'urgent', atMost: number, everyMs = 50) =>
  takeCallSlots(database.db, { urgency, atMost, everyMs });

/** When each of them would start, by Postgres' clock. */
async function timed(urgency: 'steady' | 'urgent', atMost: number): Promise<readonly number[]> {
  const { count, firstInMs } = await take(urgency, atMost);
  const { rows } = await database.db.raw('select extract(epoch from next_at)::float8 * 1000 as next from call_slots');
  expect(firstInMs).toBeGreaterThanOrEqual(0);
  return Array.from({ length: count }, (_, nth) => rows[0].next - (count - nth) * 50);
}

test('what has time takes no further ahead than a quarter of a second, and is told when to ask again', async () => {
  const beganMs = performance.now();
  expect(await take('steady', 3)).toMatchObject({ count: 3 });
  const { count, firstInMs } = await take('steady', 100);
  const passedMs = performance.now() - beganMs;
  expect(firstInMs).toBeGreaterThan(149 - passedMs);
  expect(count).toBeGreaterThanOrEqual(2);
  expect(count).toBeLessThanOrEqual(3 + Math.ceil(passedMs / 50));
  // Unless it takes longer to ask than to have one.
  let none = await take('steady', 100);
  for (let tries = 1; none.count > 0 && tries < 20; tries++) none = await take('steady', 100);
  expect(none.count).toBe(0);
  expect(none.againInMs).toBeGreaterThanOrEqual(1);
  expect(none.againInMs).toBeLessThanOrEqual(50);
});

test('what somebody waits for goes right after that, however many wait, and leaves every second slot', async () => {
  while ((await take('steady', 10)).count > 0);
  const first = await take('urgent', 1);
  expect(first.count).toBe(1);
  expect(first.firstInMs).toBeLessThanOrEqual(310);
  // In a row it may take what it did not use: ten of twenty a second, and then every second one.
  let urgent = 1;
  for (let taken = 1; taken > 0; urgent += taken) taken = (await take('urgent', 100)).count;
  expect(urgent).toBeGreaterThanOrEqual(10);
  expect(urgent).toBeLessThanOrEqual(13);
});

test('no slot is taken twice, whoever asks at the same time', async () => {
  const both = (nth: number) => (nth % 2 === 0 ? ('steady' as const) : ('urgent' as const));
  const taken = await Promise.all(Array.from({ length: 40 }, (_, nth) => take(both(nth), 1 + (nth % 3))));
  const slots = taken.reduce((sum, { count }) => sum + count, 0);
  const { rows } = await database.db.raw(
    `select extract(epoch from next_at - clock_timestamp())::float8 * 1000 as ahead from call_slots`,
  );
  // As many as were given out are behind the mark, less what has passed.
  expect(rows[0].ahead).toBeLessThanOrEqual(slots * 50);
  expect(slots).toBeGreaterThan(5);
});

test('slots follow one another, and a pause is not saved up', async () => {
  const [before = 0] = await timed('steady', 1);
  const [next = 0] = await timed('urgent', 1);
  expect(next - before).toBeGreaterThanOrEqual(49.9);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await take('steady', 1)).firstInMs).toBe(0);
  expect((await take('steady', 1)).firstInMs).toBeGreaterThan(0);
});

test('a clock that went back stops nobody, nor does a table that a crash has emptied', async () => {
  await take('steady', 1);
  await database.db.raw(
    `update call_slots set next_at = now() + interval '1 hour', urgent_next_at = now() + interval '1 hour'`,
  );
  expect(await take('steady', 1)).toMatchObject({ count: 1, firstInMs: 0 });
  expect(await take('urgent', 1)).toMatchObject({ count: 1 });
  await database.db.raw('truncate call_slots');
  expect(await take('urgent', 1)).toMatchObject({ count: 1, firstInMs: 0 });
});
