// The outbox is mostly empty, and holds much at a month's end: whoever claims of it reads little more than he claims, whatever
// Postgres knew of it before.
import { claimDeliveries } from '../../../db/outbox';
import { outboxFigures } from '../../../db/outbox-gauges';
import { type Asked, noteAsked } from '../../harness/asked';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { planModes, rowsRead } from '../../harness/rows-read';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
  await test.db.raw('alter table outbox set (autovacuum_enabled = off)');
});
afterEach(() => test.drop());

const waiting = 3000;
const fill = (type: string) =>
  test.db.raw(
    `insert into outbox (kind, workflow_type, workflow_id, arguments)
      select 'start', ?, 'billing:workspace-' || nth || ':2025-01', '{}' from generate_series(1, ?::int) as nth`,
    [type, waiting],
  );

/** What is read of the outbox, at most, by what `work` asks. */
async function mostRead(about: RegExp, work: () => Promise<unknown>): Promise<number> {
  const asked: Asked[] = [];
  noteAsked(test.db, about, asked);
  await work();
  const read: number[] = [];
  for (const each of [...asked])
    for (const mode of planModes)
      read.push((await rowsRead(test.db, each, { tables: ['outbox'], mode })).get('outbox') ?? 0);
  expect(read.length).toBeGreaterThan(0);
  return Math.max(...read);
}

it.each([0, 1, 2, 5, 20, 100])('with %s rows when it was looked at, a claim reads what it claims', async (left) => {
  await fill('billingPeriod');
  await test.db('outbox').where('outbox_id', '>', left).delete();
  await test.db.raw('vacuum (truncate false, analyze) outbox');
  await fill('billingPeriod');
  const read = await mostRead(/^\s*with due/, async () => {
    expect(await claimDeliveries(test.db, { lane: 'billing', limit: 10, leaseSeconds: 60 })).toHaveLength(10);
  });
  expect(read).toBeLessThan(300);
});

it('its age is read of the oldest row, whichever lanes are empty', async () => {
  await fill('billingPeriod');
  await test.db.raw('analyze outbox');
  await test.db.raw(`update outbox set created_at = now() - interval '1 hour' where outbox_id = 1`);
  const read = await mostRead(/as refused/, async () => {
    const { age, rows } = await outboxFigures(test.db);
    expect([Math.round(age), rows]).toEqual([3600, waiting]);
  });
  // The count, which has its own bound, goes through them once: by index and table.
  expect(read).toBeLessThanOrEqual(2 * waiting + 10);
});
