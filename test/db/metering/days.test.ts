// The running day is read from its hours, a day that is over from its rows: it makes no difference to what anybody reads.
import type { UpcomingInvoice } from '../../../contract/invoices';
import { rollUpDays } from '../../../db/metering/days';
import { readModelDays } from '../../../db/metering/days-reading';
import { readActive, readUsage } from '../../../db/metering/figures';
import { countUnrolled } from '../../../db/metering/gauges';
import { shardCount } from '../../../db/metering/shards';
import { phases } from '../../../domain/usage';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../../api/minutebook';
import { at } from '../fixtures';

const evening = '2025-02-10T20:00:00Z';
const midnight = '2025-02-11T00:59:59Z';
const morning = '2025-02-11T01:00:00Z';
const february = { workspace: 'acme', month: '2025-02' } as const;

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: evening, freeCreditsUsd: '0' });
  await withAcme(book);
  await book.call('PUT', '/v1/prices', {
    body: [{ instanceType: 'big', usdPerMinute: '0.07', effectiveFrom: '2024-01-01T00:00:00Z' }],
  });
});
afterEach(() => book.close());

const storedDays = () => book.db('usage_days').distinct('day').orderBy('day').pluck('day');
const markedDays = () => book.db('dirty_days').orderBy('day').pluck('day');

/** All that reads days: the dashboard, the days of the month, and what the invoice's lines would be. */
async function shown() {
  const get = async <Body>(path: string) => (await book.call<Body>('GET', `/v1/workspaces/acme/${path}`)).body;
  const [usage, days] = [await get('usage?period=2025-02'), await get('usage/days?period=2025-02')];
  return { usage, days, lines: (await get<UpcomingInvoice>('invoices/upcoming')).lines };
}

/** Asserts that it reads the same, whatever of it is stored: nothing, days that are over, or all. */
async function expectSameHoweverStored() {
  await book.meter('2025-01-01T00:00:00Z');
  const [before, fromHours] = [await shown(), await figuresOfHours()];
  await book.meter(evening);
  expect(await shown()).toEqual(before);
  await book.meter();
  expect(await markedDays()).toEqual([]);
  expect(await shown()).toEqual(before);
  expect(await figuresOfDays()).toEqual(fromHours);
  return before;
}

// Out of the hours alone, by sums and sets of minutes.
async function figuresOfHours() {
  const rows: { model: string; day: string; minutes: number; nanos: bigint; active: string[] }[] = (
    await book.db.raw(`
      select model, (hour at time zone 'UTC')::date as day, replica_minutes as minutes, list_nanos as nanos,
        array(select hour || ':' || bit from generate_series(0, 59) as bit where active_mask >> bit & 1 = 1) as active
      from usage_hours where deploying_minutes + scaling_up_minutes + serving_minutes + scaling_down_minutes + idle_minutes > 0`)
  ).rows;
  const days = new Map<string, { minutes: number; nanos: bigint; active: Set<string> }>();
  for (const { day, model, minutes, nanos, active } of rows) {
    const sum = days.get(`${day} ${model}`) ?? { minutes: 0, nanos: 0n, active: new Set() };
    for (const minute of active) sum.active.add(minute);
    days.set(`${day} ${model}`, { ...sum, minutes: sum.minutes + minutes, nanos: sum.nanos + nanos });
  }
  return new Map([...days].sort().map(([day, { active, ...sum }]) => [day, { ...sum, active: active.size }]));
}

async function figuresOfDays() {
  const days = await readModelDays(book.db, february);
  return new Map(
    days.map(({ day, model, replicaMinutes: minutes, listNanos: nanos, activeMinutes: active }) => [
      `${day} ${model}`,
      { minutes, nanos, active },
    ]),
  );
}

/** A fixed pseudo-random sequence, so that a failure repeats. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % sides;
  };
}

function someReports(roll: (sides: number) => number, from: string, hours: number, count: number) {
  return Array.from({ length: count }, () => {
    const fromMs = at(from) + roll(hours * 3600) * 1000;
    const toMs = fromMs + 1000 + roll(5 * 3600) * 1000;
    return report(new Date(fromMs).toISOString(), new Date(Math.min(toMs, at(evening))).toISOString(), {
      model: `m${roll(2)}`,
      version: `v${roll(2)}`,
      replica: `r${roll(3)}`,
      instanceType: roll(4) === 0 ? 'big' : 'gpu',
      phase: phases[roll(5)],
    });
  });
}

test('a day is stored once it is over and an hour more has passed, and never again until an hour of it changes', async () => {
  await sendUsage(book, [
    report('2025-02-09T23:00:00Z', '2025-02-10T01:00:00Z'),
    report('2025-02-10T19:00:00Z', '2025-02-10T19:30:00Z'),
  ]);
  await book.meter(evening);
  expect([await storedDays(), await markedDays()]).toEqual([['2025-02-09'], ['2025-02-10']]);
  await book.meter(midnight);
  expect(await storedDays()).toEqual(['2025-02-09']);
  const waiting = async (now: string) =>
    (await countUnrolled(book.db, { nowMs: at(now) })).find(({ kind }) => kind === 'days')?.count;
  expect([await waiting(midnight), await waiting(morning)]).toEqual([0, 1]);
  await book.meter(morning);
  expect([await storedDays(), await markedDays()]).toEqual([['2025-02-09', '2025-02-10'], []]);

  const versions = () => book.db('usage_days').orderBy('day').select('day', 'xmin');
  const before = await versions();
  await sendUsage(book, [report('2025-02-10T19:10:00Z', '2025-02-10T19:20:00Z')]);
  await book.meter();
  expect(await versions()).toEqual(before);
});

test.each([1, 2])(
  'random hours, late ones, a correction and a changed price read the same before a day is stored and after (%i)',
  async (seed) => {
    const roll = dice(seed);
    await sendUsage(book, someReports(roll, '2025-02-09T08:00:00Z', 36, 60));
    const first = await expectSameHoweverStored();

    // Late hours of days that are stored.
    await sendUsage(book, someReports(roll, '2025-02-08T12:00:00Z', 30, 20));
    const late = await expectSameHoweverStored();
    expect(late).not.toEqual(first);

    // A correction rolls its hours up by itself: what it voids is void at once.
    const voided = { model: 'm0', from: '2025-02-09T10:00:00Z', to: '2025-02-09T20:00:00Z' };
    const body = { key: 'c1', reason: 'stuck', void: [voided] };
    expect((await book.call('POST', '/v1/workspaces/acme/corrections', { body })).status).toBe(201);
    const corrected = await shown();
    expect(corrected).not.toEqual(late);
    expect(await expectSameHoweverStored()).toEqual(corrected);

    // Rows of another price are rows of their own.
    await book.call('PUT', '/v1/prices', {
      body: [{ instanceType: 'gpu', usdPerMinute: '0.03', effectiveFrom: '2025-02-09T15:00:00Z' }],
    });
    const repriced = await expectSameHoweverStored();
    expect(repriced).not.toEqual(corrected);
  },
);

test('an invoice that is issued before its last days are stored has their lines', async () => {
  await sendUsage(
    book,
    [report('2025-01-30T10:00:00Z', '2025-01-30T11:00:00Z'), report('2025-01-31T23:00:00Z', '2025-02-01T00:00:00Z')],
    '2025-02-01T00:00:00Z',
  );
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  expect([await storedDays(), await markedDays()]).toEqual([[], ['2025-01-30', '2025-01-31']]);
  const lines = () => book.db('invoice_lines').where('kind', 'usage').select('replica_minutes', 'exact_nanos');
  expect(await lines()).toEqual([{ replica_minutes: 120n, exact_nanos: 1_200_000_000n }]);
});

test('more days than a chunk takes, of many workspaces, are all stored', async () => {
  await book.db.raw(`
    insert into workspaces (id, name, billing_email, starts_at, created_at)
    select 'w' || n, 'w', 'w@example.com', '2025-01-01Z', '2025-01-01Z' from generate_series(1, 40) as n`);
  await book.db.raw(`select ensure_usage_month('2025-01-01')`);
  await book.db.raw(`
    with hours as (
      insert into usage_hours (workspace_id, hour, model, version, instance_type, active_mask, deploying_minutes,
        scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, price_nanos, list_nanos)
      select id, day, 'm', 'v1', 'gpu', 3, 0, 0, 2, 0, 0, 2, 5, 10
      from workspaces, generate_series('2025-01-01Z'::timestamptz, '2025-01-25Z', interval '1 day') as day where id like 'w%'
      returning workspace_id, hour
    )
    insert into dirty_days (shard, workspace_id, day) select 3, workspace_id, (hour at time zone 'UTC')::date from hours`);
  const chunks: number[] = [];
  await rollUpDays(book.db, 3, { nowMs: at(evening), onChunk: (days) => chunks.push(days) });
  expect(chunks).toEqual([500, 1000]);
  for (let shard = 0; shard < shardCount; shard++) await rollUpDays(book.db, shard, { nowMs: at(evening) });
  const [used] = await readUsage(book.db, { workspace: 'w7', month: '2025-01' });
  expect(used).toMatchObject({ replicaMinutes: 50, listNanos: 250n });
  expect(await readActive(book.db, { workspace: 'w7', month: '2025-01' })).toContainEqual({
    model: 'm',
    version: null,
    active: 50,
  });
});
