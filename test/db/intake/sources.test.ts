// Sources and their marks: whom a mark wakes, how often, and what a known source costs.
import { setTimeout as sleep } from 'node:timers/promises';
import { markWaiting } from '../../../db/billing/periods';
import { UsageAppender } from '../../../db/intake/reports';
import { advanceMark, noteReported, reportedIn, sourceId } from '../../../db/intake/sources';
import { minuteMs } from '../../../domain/period';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { until } from '../../harness/until';
import { addPrice, addWorkspace, at, record, report } from '../fixtures';

const [begin, end] = ['2025-01-01T00:00:00Z', '2025-02-01T00:00:00Z'];
const period = { workspace: 'acme', month: '2025-01' } as const;
const appender = new UsageAppender();

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
  appender.forget();
  await addPrice(test.db, { type: 'gpu', nanos: 1n, from: begin });
  await addWorkspace(test.db, { id: 'acme', startsAt: begin, months: ['2025-01', '2025-02'] });
  await test.db('outbox').delete();
});
afterEach(() => test.drop());

const say = (source: string, completeThrough: string) =>
  record(test.db, appender, { source, completeThrough, now: completeThrough });
const use = (source: string, day: string) =>
  record(test.db, appender, { source, reports: [report(`${day}T10:00:00Z`, `${day}T11:00:00Z`)], now: end });
const wait = () => test.db.transaction((trx) => markWaiting(trx, period));
const woken = () => test.db('outbox').orderBy('outbox_id').pluck('workflow_id');
const january = 'billing:acme:2025-01';

async function drawn(sequence: string): Promise<bigint> {
  const { rows } = await test.db.raw(`select last_value from ${sequence}`);
  return rows[0].last_value;
}

it('wakes nobody by a thousand marks of a source that is ahead, beside one that is behind', async () => {
  await use('live', '2025-01-10');
  await use('dead', '2025-01-11');
  await wait();
  const live = await sourceId(test.db, 'live');
  for (let n = 0; n < 1000; n++) {
    await test.db.transaction((trx) => advanceMark(trx, { sourceId: live, markMs: at(end) + n * minuteMs }));
  }
  expect(await woken()).toEqual([]);
  await say('dead', end);
  expect(await woken()).toEqual([january]);
});

it('wakes once, by the mark that passes the end', async () => {
  await use('live', '2025-01-10');
  await wait();
  for (const mark of ['2025-01-31T23:59:59Z', end, '2025-02-01T00:00:20Z', '2025-03-01T00:00:00Z'])
    await say('live', mark);
  expect(await woken()).toEqual([january]);
});

it('wakes by a first report and a mark of the same source that come at once', async () => {
  await use('other', '2025-01-10');
  await say('other', end);
  await wait();
  await test.db('outbox').delete();
  const source = await sourceId(test.db, 'new');
  const reporting = await test.db.transaction();
  await noteReported(reporting, { sourceId: source, reported: [period] });
  const marking = test.db.transaction((trx) => advanceMark(trx, { sourceId: source, markMs: at(end) }));
  // Long enough for a mark that waits for nobody.
  await Promise.race([marking, sleep(300)]);
  await reporting.commit();
  await marking;
  expect(await woken()).toEqual([january]);
});

it('wakes by the first mark of a source, if that is past the end already', async () => {
  await use('new', '2025-01-10');
  await wait();
  await say('new', '2025-05-05T00:00:00Z');
  expect(await woken()).toEqual([january]);
});

it('wakes by the first report of a source that is ahead, if that makes the month complete', async () => {
  await wait();
  await say('ahead', '2025-02-02T00:00:00Z');
  expect(await woken()).toEqual([]);
  await use('ahead', '2025-01-10');
  expect(await woken()).toEqual([january]);
});

it('does not wake by the first report of a source that is ahead while another is behind', async () => {
  await use('behind', '2025-01-09');
  await wait();
  await say('ahead', '2025-02-02T00:00:00Z');
  await use('ahead', '2025-01-10');
  expect(await woken()).toEqual([]);
});

it('wakes by the second of two sources that pass the end at the same time', async () => {
  await use('one', '2025-01-10');
  await use('other', '2025-01-11');
  await wait();
  const markMs = at(end);
  const [one, other] = [await sourceId(test.db, 'one'), await sourceId(test.db, 'other')];
  const first = await test.db.transaction();
  await advanceMark(first, { sourceId: one, markMs });
  const second = test.db.transaction((trx) => advanceMark(trx, { sourceId: other, markMs }));
  const waits = `select from pg_locks where locktype = 'advisory' and not granted and classid = 714`;
  await until('the second waits for the first', async () => (await test.db.raw(waits)).rowCount > 0);
  await first.commit();
  await second;
  expect(await woken()).toEqual([january]);
});

it('draws no number for a source that is known', async () => {
  await say('live', '2025-01-02T00:00:00Z');
  const before = await drawn('sources_source_id_seq');
  for (let hour = 10; hour < 60; hour++) await say('live', `2025-01-03T00:${hour}:00Z`);
  expect(await drawn('sources_source_id_seq')).toBe(before);
  expect(await test.db('sources').pluck('source')).toEqual(['live']);
});

it('gives a new source one key, however many mention it at once', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => sourceId(test.db, 'new')));
  expect(new Set(keys).size).toBe(1);
});

it('names each month that usage lies in once, whatever lay before it', () => {
  const reports = [
    report('2025-01-31T23:00:00Z', end),
    report('2025-01-10T00:00:00Z', '2025-01-11T00:00:00Z'),
    report('2025-01-20T00:00:00Z', '2025-02-02T00:00:00Z'),
    report(end, '2025-02-01T00:01:00Z', { workspace: 'globex' }),
    report('2025-02-28T23:59:00Z', '2025-03-01T00:00:01Z'),
    report('2024-12-31T23:59:59Z', begin),
    report('2025-01-10T00:00:00Z', '2025-01-11T00:00:00Z', { workspace: 'globex' }),
  ];
  const named = reportedIn(reports).map(({ workspace, month }) => `${workspace} ${month}`);
  expect(named.sort()).toEqual([
    'acme 2024-12',
    'acme 2025-01',
    'acme 2025-02',
    'acme 2025-03',
    'globex 2025-01',
    'globex 2025-02',
  ]);
});
