// Intake against what can change beneath it: a database restored to an earlier state while the process goes on.
import { UsageAppender } from '../../db/intake/reports';
import { addPrice, addWorkspace, meterAll, record, report } from '../db/fixtures';
import { createTestDatabase, type TestDatabase } from '../harness/database';

let test: TestDatabase;
let appender: UsageAppender;
const now = '2025-01-31T00:00:00Z';
const reports = [report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z')];

beforeEach(async () => {
  test = await createTestDatabase();
  appender = new UsageAppender();
  await addPrice(test.db, { type: 'gpu', nanos: 1n, from: '2025-01-01T00:00:00Z' });
  await addWorkspace(test.db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  await record(test.db, appender, { reports, now });
});
afterEach(() => test.drop());

it('refuses what names replicas that a restore has taken away, and takes it when it is sent again', async () => {
  await test.db.raw('delete from usage_reports; delete from source_periods; delete from replicas');
  await expect(record(test.db, appender, { reports, now })).rejects.toMatchObject({ code: 'unavailable' });
  expect(await test.db('usage_reports').pluck('replica_id')).toEqual([]);

  await expect(record(test.db, appender, { reports, now })).resolves.toEqual({
    accepted: 1,
    quarantined: 0,
    ignored: 0,
  });
  await meterAll(test.db);
  expect(await test.db('usage_hours').pluck('replica_minutes')).toEqual([10]);
  expect(await test.db('source_periods').pluck('month')).toEqual(['2025-01']);
});

it('makes a partition again that a restore has taken away', async () => {
  await test.db.raw('drop table usage_reports_20250131');
  await expect(record(test.db, appender, { reports, now })).rejects.toThrow(/no partition/);
  await expect(record(test.db, appender, { reports, now })).resolves.toEqual({
    accepted: 1,
    quarantined: 0,
    ignored: 0,
  });
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
