// Folded usage reports go a received day at a time; what is not folded stays, and so do the masks.

import { UsageAppender } from '../../../db/intake/reports';
import { dropOldReports, makePartitionsAhead } from '../../../db/metering/retention';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { addPrice, addWorkspace, at, meterAll, record, report } from '../fixtures';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
  await addPrice(test.db, { type: 'gpu', nanos: 1n, from: '2025-01-01T00:00:00Z' });
  await addWorkspace(test.db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  const appender = new UsageAppender();
  for (const day of ['03', '04', '05']) {
    const reports = [report(`2025-01-${day}T10:00:00Z`, `2025-01-${day}T10:10:00Z`)];
    await record(test.db, appender, { reports, now: `2025-01-${day}T12:00:00Z` });
  }
});
afterEach(() => test.drop());

const days = () =>
  test
    .db('pg_class')
    .where('relname', 'like', 'usage_reports_2025%')
    .where('relkind', 'r')
    .orderBy('relname')
    .pluck('relname');
const drop = (now: string) => dropOldReports(test.db, { nowMs: at(now), keepDays: 35 });

it('drops what was received more than the kept days ago', async () => {
  await meterAll(test.db);
  await expect(drop('2025-02-08T00:00:00Z')).resolves.toBe(1);
  expect(await days()).toEqual(['usage_reports_20250104', 'usage_reports_20250105']);
  expect((await test.db('usage_hours').sum({ minutes: 'replica_minutes' }))[0]).toEqual({ minutes: 30n });
});

it('keeps what is not folded yet', async () => {
  await expect(drop('2026-01-01T00:00:00Z')).resolves.toBe(0);
  await meterAll(test.db);
  await expect(drop('2026-01-01T00:00:00Z')).resolves.toBe(3);
});

it('gives way to whoever is reading reports, and drops them the next time', async () => {
  await meterAll(test.db);
  const reader = await test.db.transaction();
  await reader.raw('select count(*) from usage_reports');
  await expect(drop('2026-01-01T00:00:00Z')).resolves.toBe(0);
  await reader.rollback();
  await expect(drop('2026-01-01T00:00:00Z')).resolves.toBe(3);
});

it('makes the days of the coming week and the next month ahead, once', async () => {
  const nowMs = at('2025-12-28T12:00:00Z');
  await Promise.all([1, 2, 3].map(() => makePartitionsAhead(test.db, nowMs)));
  const made = await test
    .db('pg_class')
    .whereIn('relkind', ['r'])
    .whereRaw(`relname ~ '^(usage_reports|replica_hours|usage_hours|hour_totals|usage_days|active_days)_202(512|6)'`)
    .orderBy('relname')
    .pluck('relname');
  expect(made).toEqual([
    ...['active_days', 'hour_totals', 'replica_hours', 'usage_days', 'usage_hours'].flatMap((table) => [
      `${table}_202512`,
      `${table}_202601`,
    ]),
    ...['28', '29', '30', '31'].map((day) => `usage_reports_202512${day}`),
    ...['01', '02', '03', '04'].map((day) => `usage_reports_202601${day}`),
  ]);
});

it('leaves room on the pages of what ticks update, in each month', async () => {
  await meterAll(test.db);
  const tables = ['usage_hours_202501', 'hour_totals_202501', 'replica_hours_202501', 'usage_reports_20250103'];
  const options = await test.db('pg_class').whereIn('relname', tables).pluck('reloptions');
  expect(options.flat().sort()).toEqual(['fillfactor=100', 'fillfactor=80', 'fillfactor=80', 'fillfactor=80']);
});
