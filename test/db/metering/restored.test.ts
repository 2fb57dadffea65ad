// A database restored into a cluster whose transaction ids are lower than those it remembers.
import { UsageAppender } from '../../../db/intake/reports';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { addPrice, addWorkspace, meterAll, record, report } from '../fixtures';

let test: TestDatabase;
const now = '2025-01-31T00:00:00Z';
const minutes = async () => (await test.db('usage_hours').sum({ sum: 'replica_minutes' }))[0]?.['sum'];

beforeEach(async () => {
  test = await createTestDatabase();
  await addPrice(test.db, { type: 'gpu', nanos: 1n, from: '2025-01-01T00:00:00Z' });
  await addWorkspace(test.db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
});
afterEach(() => test.drop());

it('goes on folding after a restore, and counts nothing twice', async () => {
  const appender = new UsageAppender();
  await record(test.db, appender, { reports: [report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z')], now });
  await meterAll(test.db);
  await record(test.db, appender, { reports: [report('2025-01-05T10:20:00Z', '2025-01-05T10:30:00Z')], now });
  // As a dump of an older, busier cluster brings them along: one report folded, one not.
  await test.db.raw(`update usage_reports set transaction_id = (transaction_id::text::int8 + 5000000000)::text::xid8`);
  await test.db.raw(`update fold_cursors set folded = (moved.first || ':' || moved.first || ':')::pg_snapshot
    from (select shard, pg_snapshot_xmin(folded)::text::int8 + 5000000000 as first from fold_cursors) as moved
    where moved.shard = fold_cursors.shard`);

  await record(test.db, appender, { reports: [report('2025-01-05T10:40:00Z', '2025-01-05T10:50:00Z')], now });
  await meterAll(test.db);
  expect(await minutes()).toBe(30n);
  await record(test.db, appender, { reports: [report('2025-01-05T10:50:00Z', '2025-01-05T11:00:00Z')], now });
  await meterAll(test.db);
  expect(await minutes()).toBe(40n);
});
