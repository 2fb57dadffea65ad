// A batch that is stored by one statement: what keeps it from that, and what others do meanwhile.
import { UsageAppender } from '../../../db/intake/reports';
import type { UsageReport } from '../../../domain/usage';
import { aroundRules } from '../../harness/around-rules';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { until } from '../../harness/until';
import { addPrice, addWorkspace, at, meterAll, record, report } from '../fixtures';

const begin = '2025-01-01T00:00:00Z';
const received = '2025-01-20T00:00:00Z';

let test: TestDatabase;
let appender: UsageAppender;
beforeAll(async () => {
  test = await createTestDatabase();
  for (const id of ['acme', 'other']) await addWorkspace(test.db, { id, startsAt: begin, months: ['2025-01'] });
});
beforeEach(async () => {
  appender = new UsageAppender();
  const filled = [
    'usage_reports',
    'usage_quarantine',
    'source_periods',
    'replicas',
    'metered_marks',
    'sources',
    'prices',
  ];
  await aroundRules(test.db, filled.map((table) => `delete from ${table}`).join('; '));
  await addPrice(test.db, { type: 'gpu', nanos: 1n, from: begin });
  await record(test.db, appender, {
    reports: [used, elsewhere],
    completeThrough: '2025-01-10T00:00:00Z',
    now: received,
  });
  await record(test.db, appender, { source: 'unmarked', reports: [used], now: received });
});
afterAll(() => test.drop());

const used = report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z');
const elsewhere = { ...used, workspace: 'other', replica: 'r9' };
const mark = '2025-01-11T00:00:00Z';

type Taken = { source?: string; reports?: readonly UsageReport[]; completeThrough?: string };

function take({ source = 'cluster-1', reports = [used], completeThrough = mark }: Taken): Promise<boolean> {
  return appender.takeAlone(test.db, { source, reports, completeThroughMs: at(completeThrough) }, { received });
}

const stored = async () => ({
  reports: await test.db('usage_reports').count(),
  sources: await test.db('sources').orderBy('source_id').select('source', 'complete_through', 'marked_by'),
  months: await test.db('source_periods').count(),
  quarantined: await test.db('usage_quarantine').count(),
});

it('moves the mark by the transaction that reported', async () => {
  const before = await stored();
  expect(await take({ reports: [used, elsewhere] })).toBe(true);
  const after = await stored();
  expect(after).toEqual({ ...before, reports: [{ count: 5n }], sources: expect.anything() });
  const { rows } = await test.db.raw(`
    select count(*)::int as reports, count(distinct transaction_id)::int as transactions, complete_through
    from usage_reports join sources on transaction_id = marked_by group by complete_through`);
  expect(rows).toEqual([{ reports: 2, transactions: 1, complete_through: at(mark) }]);
  await meterAll(test.db);
  expect(await test.db('metered_marks').distinct('metered_through')).toEqual([{ metered_through: at(mark) }]);
});

const beforeStart = { ...report('2024-12-31T10:00:00Z', '2024-12-31T10:10:00Z'), workspace: 'acme' };

it.each<[string, Taken]>([
  ['a source that is not remembered', { source: 'stranger' }],
  ['a replica that is not remembered', { reports: [used, { ...used, replica: 'r2' }] }],
  ['a workspace that has not started, among others that have', { reports: [elsewhere, beforeStart] }],
  ['the first report of a source in a month', { reports: [report('2025-01-31T23:00:00Z', '2025-02-01T00:30:00Z')] }],
  ['the first report of a source for a workspace', { source: 'unmarked', reports: [elsewhere] }],
  ['the first mark of a source', { source: 'unmarked' }],
  ['a mark that passes the end of a month', { completeThrough: '2025-02-01T00:00:00Z' }],
  ['a mark that passes several', { completeThrough: '2025-05-05T00:00:00Z' }],
])('stores nothing for %s', async (_, taken) => {
  const before = await stored();
  expect(await take(taken)).toBe(false);
  expect(await stored()).toEqual(before);
});

it.each([
  ['the price is taken away', `delete from prices`],
  ['the price comes later', `update prices set valid = tstzrange('2025-01-06', null)`],
])('stores nothing where, since the last batch, %s', async (_, change) => {
  await test.db.raw(change);
  const before = await stored();
  expect(await take({})).toBe(false);
  expect(await stored()).toEqual(before);
  await record(test.db, appender, { reports: [used], now: received });
  expect(await test.db('usage_quarantine').pluck('reason')).toEqual(['no_price']);
});

it('keeps a mark that is ahead, and takes what comes with one behind it', async () => {
  expect(await take({ completeThrough: '2025-01-09T00:00:00Z' })).toBe(true);
  expect(await take({ completeThrough: '2024-12-09T00:00:00Z' })).toBe(true);
  const { reports, sources } = await stored();
  expect(reports).toEqual([{ count: 5n }]);
  expect(sources[0].complete_through).toBe(at('2025-01-10T00:00:00Z'));
});

const waitsForARow = async () => {
  const { rows } = await test.db.raw(`
    select exists (select from pg_locks join pg_stat_activity using (pid)
      where locktype = 'transactionid' and not granted and datname = current_database()) as waits`);
  return rows[0].waits;
};

it.each([
  ['further within its month', '2025-01-31T23:59:59Z'],
  ['past its end', '2025-02-01T00:00:00Z'],
  ['less far', '2025-01-10T12:00:00Z'],
])('is stored beside another that moves the mark %s, and never moves it back', async (_, to) => {
  const other = await test.db.transaction();
  await other('sources').where({ source: 'cluster-1' }).update({ complete_through: to });
  const taking = take({});
  await until('the batch waits for the row', waitsForARow);
  // Nobody waits for it meanwhile: not a report of another source, nor one of the same without a mark.
  await record(test.db, appender, { source: 'unmarked', reports: [used], now: received });
  await record(test.db, appender, { reports: [used], now: received });
  await other.commit();
  expect(await taking).toBe(true);
  expect(await test.db('usage_reports').count()).toEqual([{ count: 6n }]);
  const { complete_through } = await test.db('sources').where({ source: 'cluster-1' }).first();
  expect(complete_through).toBe(Math.max(at(to), at(mark)));
});

it('has appended everything when it comes to the mark, so that others wait for its commit alone', async () => {
  // A sequence moves for everybody to see, whatever becomes of the transaction.
  await test.db.raw(`
    create sequence appended_pieces minvalue 0;
    create function count_piece() returns trigger language plpgsql as $$
      begin perform nextval('appended_pieces'); return new; end $$;
    create trigger count_piece before insert on usage_reports for each row execute function count_piece()`);
  const other = await test.db.transaction();
  await other('sources').where({ source: 'cluster-1' }).forNoKeyUpdate();
  await test.db.raw(`select setval('appended_pieces', 0)`);
  const taking = take({ reports: [used, elsewhere] });
  await until('the batch waits for the row', waitsForARow);
  expect((await test.db('appended_pieces').first()).last_value).toBe(2n);
  await other.commit();
  expect(await taking).toBe(true);
  await test.db.raw('drop trigger count_piece on usage_reports');
});

it('takes a hundred batches of one source that come at once', async () => {
  const minutes = Array.from({ length: 100 }, (_, n) => n);
  const taken = await Promise.all(
    minutes.map((n) =>
      take({ completeThrough: `2025-01-12T0${Math.floor(n / 60)}:${String(n % 60).padStart(2, '0')}:00Z` }),
    ),
  );
  expect(taken).toEqual(minutes.map(() => true));
  expect(await test.db('usage_reports').count()).toEqual([{ count: 103n }]);
  expect((await test.db('sources').where({ source: 'cluster-1' }).first()).complete_through).toBe(
    at('2025-01-12T01:39:00Z'),
  );
});
