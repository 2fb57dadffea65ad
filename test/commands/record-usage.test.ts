// Intake against what can change beneath it: a database restored to an earlier state while the process goes on.

import { UsageAppender } from '../../db/intake/reports';
import { addPrice, addWorkspace, meterAll, record, report } from '../db/fixtures';
import { aroundRules } from '../harness/around-rules';
import { createTestDatabase, type TestDatabase } from '../harness/database';

let test: TestDatabase;
let appender: UsageAppender;
const now = '2025-01-31T00:00:00Z';
const oneAccepted = { accepted: 1, quarantined: 0, ignored: 0 };
const reports = [report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z')];

beforeEach(async () => {
  test = await createTestDatabase();
  appender = new UsageAppender();
  await addPrice(test.db, { type: 'gpu', nanos: 1n, from: '2025-01-01T00:00:00Z' });
  await addWorkspace(test.db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  await record(test.db, appender, { reports, now });
});
afterEach(() => test.drop());

it('takes what names replicas that a restore has taken away', async () => {
  await aroundRules(test.db, 'delete from usage_reports; delete from source_periods; delete from replicas');
  await expect(record(test.db, appender, { reports, now })).resolves.toEqual(oneAccepted);
  await meterAll(test.db);
  expect(await test.db('usage_hours').pluck('replica_minutes')).toEqual([10]);
  expect(await test.db('source_periods').pluck('month')).toEqual(['2025-01']);
});

it('refuses what names such a replica beside a new one, and takes it when it is sent again', async () => {
  await aroundRules(test.db, 'delete from usage_reports; delete from source_periods; delete from replicas');
  const more = [...reports, report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z', { replica: 'r2' })];
  await expect(record(test.db, appender, { reports: more, now })).rejects.toMatchObject({ code: 'unavailable' });
  expect(await test.db('usage_reports').pluck('replica_id')).toEqual([]);

  await expect(record(test.db, appender, { reports: more, now })).resolves.toMatchObject({ accepted: 2 });
  await meterAll(test.db);
  expect(await test.db('usage_hours').pluck('replica_minutes')).toEqual([20]);
});

it('takes nothing for a replica whose number a restore has given to another of its workspace', async () => {
  await aroundRules(test.db, `update replicas set replica = 'other'`);
  await expect(record(test.db, appender, { reports, now })).resolves.toEqual(oneAccepted);
  const rows = await test.db('usage_reports').join('replicas', 'replicas.replica_id', 'usage_reports.replica_id');
  expect(rows.map((row) => row.replica)).toEqual(['other', 'r1']);
});

it('takes nothing for a source whose number a restore has given to another', async () => {
  await aroundRules(test.db, `update sources set source = 'other'`);
  await expect(record(test.db, appender, { reports, now })).resolves.toEqual(oneAccepted);
  const rows = await test.db('usage_reports').join('sources', 'sources.source_id', 'usage_reports.source_id');
  expect(rows.map(({ source }) => source)).toEqual(['other', 'cluster-1']);
});

it('makes a partition again that a restore has taken away', async () => {
  await test.db.raw('drop table usage_reports_20250131');
  await expect(record(test.db, appender, { reports, now })).resolves.toEqual(oneAccepted);
});

it('takes twenty first batches of a day that come at once, on a day that nobody has made a partition for', async () => {
  const database = await createTestDatabase({ poolMax: 20 });
  try {
    await addPrice(database.db, { type: 'gpu', nanos: 1n, from: '2025-01-01T00:00:00Z' });
    await addWorkspace(database.db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
    const receipts = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        record(database.db, new UsageAppender(), {
          reports: [report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z', { replica: `r${n}` })],
          now: '2025-01-20T00:00:00Z',
        }),
      ),
    );
    expect(receipts).toEqual(Array(20).fill(oneAccepted));
    await meterAll(database.db);
    expect(await database.db('usage_hours').pluck('replica_minutes')).toEqual([200]);
  } finally {
    await database.drop();
  }
});

it('takes the same reports into quarantine from many at once, in whatever order each has them', async () => {
  // Slow enough for all of them to be at it at once.
  await test.db.raw(`
    create function take_time() returns trigger language plpgsql as $$ begin perform pg_sleep(0.005); return new; end $$;
    create trigger take_time before insert on usage_quarantine for each row execute function take_time()`);
  const reports = Array.from({ length: 60 }, (_, n) =>
    report('2025-01-05T10:00:00Z', '2025-01-05T11:00:00Z', { workspace: `nobody-${n % 3}`, replica: `r${n}` }),
  );
  // Each begins elsewhere and goes the other way than the one before it.
  const batches = Array.from({ length: 6 }, (_, n) => {
    const turned = [...reports.slice(n * 10), ...reports.slice(0, n * 10)];
    return n % 2 === 0 ? turned : turned.reverse();
  });
  const receipts = await Promise.all(
    batches.map((batch) => record(test.db, appender, { reports: batch, now: '2025-01-10T00:00:00Z' })),
  );
  expect(receipts).toEqual(batches.map(() => ({ accepted: 0, quarantined: 60, ignored: 0 })));
  expect(await test.db('usage_quarantine').count()).toEqual([{ count: 60n }]);
});

it('draws no number for a replica that is there, however often it is looked up anew', async () => {
  const drawn = async () => (await test.db.raw('select last_value from replicas_replica_id_seq')).rows[0].last_value;
  const before = await drawn();
  for (let n = 0; n < 50; n++) await record(test.db, new UsageAppender(), { reports, now });
  expect(await drawn()).toBe(before);
});

it('notes each month that a source reports, whoever noted others before', async () => {
  await record(test.db, appender, { reports: [report('2025-01-31T23:00:00Z', '2025-02-01T00:30:00Z')], now });
  await record(test.db, new UsageAppender(), { reports, now, source: 'other' });
  const rows = await test
    .db('source_periods')
    .join('sources', 'sources.source_id', 'source_periods.source_id')
    .orderBy(['source', 'month'])
    .select('source', 'month');
  expect(rows).toEqual([
    { source: 'cluster-1', month: '2025-01' },
    { source: 'cluster-1', month: '2025-02' },
    { source: 'other', month: '2025-01' },
  ]);
});
