// How a round begins: shards with nothing to do are passed by one statement, as if metering had gone through them; everything that
// there is to do makes a shard busy.

import { type Activities, createActivities } from '../../../activities';
import type { Db, Trx } from '../../../db/connection/knex';
import { UsageAppender } from '../../../db/intake/reports';
import { readMeteredThrough } from '../../../db/metering/marks';
import { beginRound } from '../../../db/metering/rounds';
import { everyShard, shardCount } from '../../../db/metering/shards';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { testSettings } from '../../harness/settings';
import { addPrice, addWorkspace, at, record, report } from '../fixtures';

let test: TestDatabase;
let activities: Activities;
let appender: UsageAppender;
let now: string;
let shard: number;
const from = '2025-01-01T00:00:00Z';
const hour = '2025-01-05T00:00:00Z';

beforeEach(async () => {
  test = await createTestDatabase();
  appender = new UsageAppender();
  now = '2025-01-10T00:00:00Z';
  const connections = { db: test.db, appender, clock: () => at(now), settings: testSettings() };
  activities = createActivities({ ...connections, heartbeat: () => undefined });
  await addPrice(test.db, { type: 'gpu', nanos: 10_000_000n, from });
  await addWorkspace(test.db, { id: 'acme', startsAt: from, months: ['2025-01'] });
  shard = (await test.db('workspaces').first('shard')).shard;
  await round();
});
afterEach(() => test.drop());

const begin = () => beginRound(test.db, { nowMs: at(now) });
const busy = async () => (await begin()).shards;

/** Rolled back after it. */
async function inTransaction<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  const trx = await db.transaction();
  try {
    return await work(trx);
  } finally {
    await trx.rollback();
  }
}

/** As the workflow does it. Answers which shards were busy. */
async function round(): Promise<readonly number[]> {
  const { shards, hasChores } = await activities.usage.beginRound();
  await activities.usage.meterShards({ shards });
  if (hasChores) await activities.usage.keepHouse();
  return shards;
}

const used = () => report(hour, '2025-01-05T00:30:00Z');
const later = (time: string) => {
  now = `2025-01-10T${time}Z`;
};
const minutes = async () => Number((await test.db('usage_days').sum({ sum: 'replica_minutes' }).first())?.['sum']);
const health = () => test.db('metering_health').whereNot('step', 'replay').distinct().pluck('succeeded_at');

it('a shard with nothing to do is passed: its health is noted, and nothing else is done', async () => {
  later('00:00:20');
  expect(await begin()).toEqual({ shards: [], hasChores: false });
  expect(await health()).toEqual([at(now)]);
});

it('the shard of a report is busy until it is metered, and no other is', async () => {
  await record(test.db, appender, { reports: [used()], now });
  later('00:00:20');
  expect(await busy()).toEqual([shard]);
  expect((await health()).sort()).toEqual([at('2025-01-10T00:00:00Z'), at(now)]);
  expect(await round()).toEqual([shard]);
  expect(await minutes()).toBe(30);
  expect(await busy()).toEqual([]);
  expect(await health()).toEqual([at(now)]);
});

it('a mark counts with the next round, with no report beside it, too', async () => {
  const through = () => readMeteredThrough(test.db, { workspace: 'acme', months: ['2025-01'] });
  const mark = (completeThrough: string) => record(test.db, appender, { reports: [], now, completeThrough });
  await record(test.db, appender, { reports: [used()], now, completeThrough: '2025-01-05T01:00:00Z' });
  expect(await busy()).toEqual([shard]);
  // Nothing of it is metered yet.
  expect(await through()).toBeNull();
  await round();
  expect(await through()).toBe(at('2025-01-05T01:00:00Z'));
  await mark('2025-01-06T00:00:00Z');
  expect([await busy(), await through()]).toEqual([[], at('2025-01-06T00:00:00Z')]);
  // A mark that came with a report waits for it, while those of other shards go on.
  await record(test.db, appender, {
    reports: [report(hour, '2025-01-05T00:40:00Z')],
    now,
    completeThrough: '2025-01-07T00:00:00Z',
  });
  await begin();
  expect(await through()).toBe(at('2025-01-06T00:00:00Z'));
  expect(await test.db('metered_marks').where({ metered_through: '2025-01-07T00:00:00Z' })).toHaveLength(
    shardCount - 1,
  );
});

it('what was reported by a transaction that ends after others is not passed over', async () => {
  const slow = await test.db.transaction();
  await slow.raw('select pg_current_xact_id()');
  await record(test.db, appender, { reports: [used()], now });
  await round();
  await slow.raw(
    `insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
     select received_at, hour, 1::int8 << 59, replica_id, source_id, 1, 2, shard, workspace_id from usage_reports`,
  );
  expect(await busy()).toEqual([]);
  await slow.commit();
  expect(await round()).toEqual([shard]);
  expect(await minutes()).toBe(31);
});

type Making = (trx: Trx) => Promise<unknown>;
const insert = (table: string, row: object) => (trx: Trx) => trx(table).insert({ shard, workspace_id: 'acme', ...row });
const moveCursor = (row: object) => (trx: Trx) => trx('fold_cursors').where({ shard }).update(row);
const aside = (work: string, next_attempt_at = '2020-01-01T00:00Z') =>
  insert('set_aside', { work, error: 'e', next_attempt_at, ...(work === 'fold' ? { folded: '1:1:' } : {}) });
const notYet = '2099-01-01T00:00Z';
const due = { started_at: from, next_change_at: from };

/** Which shards are busy where something is so. */
const busyWith = (...made: readonly Making[]) =>
  inTransaction(test.db, async (trx) => {
    for (const make of made) await make(trx);
    return (await beginRound(trx, { nowMs: at(now) })).shards;
  });

it('everything that there is to do makes a shard busy', async () => {
  const makings: Readonly<Record<string, Making>> = {
    'a dirty hour': insert('dirty_hours', { hour }),
    'a dirty day that is over': insert('dirty_days', { day: '2025-01-08' }),
    'dirty credits': insert('dirty_credits', {}),
    'hours that have another price': (trx) =>
      trx('dirty_ranges').insert({ shard, from_at: from, until_at: hour, all_but: [] }),
    'one set aside whose time has come': aside('roll_up'),
    'one set aside from folding': aside('fold'),
    'a guard that is due': insert('guards', due),
    'a fold that was under way': moveCursor({ target: '1:1:', through_transaction: '1' }),
    'a database that was restored': moveCursor({ folded: '9000000:9000000:' }),
  };
  for (const [what, make] of Object.entries(makings)) expect([what, await busyWith(make)]).toEqual([what, [shard]]);
});

it('what is not to be done yet makes none busy', async () => {
  const everythingDirty = [insert('dirty_hours', { hour }), insert('dirty_credits', {}), insert('guards', due)];
  expect(await busyWith(aside('roll_up', notYet), aside('credits', notYet), ...everythingDirty)).toEqual([]);
  expect(await busyWith(insert('guards', { ...due, wake_sequence: 1 }))).toEqual([]);
  expect(await busyWith(insert('dirty_days', { day: '2025-01-09' }))).toEqual([]);
});

it('a shard that somebody works on is waited for by nobody, and has its turn', async () => {
  await test.db.transaction(async (trx) => {
    await trx('fold_cursors').where({ shard }).update({ target: null });
    expect(await busy()).toEqual([shard]);
  });
});

describe('what is done once for all shards', () => {
  const chores = async () => (await begin()).hasChores;

  it('is done every ten minutes', async () => {
    later('00:09:40');
    expect(await chores()).toBe(false);
    later('00:10:00');
    expect(await chores()).toBe(true);
    later('00:10:20');
    expect(await chores()).toBe(false);
  });

  it('is done where shards were at work as its time came, too', async () => {
    later('00:09:40');
    await begin();
    later('00:10:05');
    await activities.usage.meterShards({ shards: everyShard });
    later('00:10:20');
    expect(await chores()).toBe(true);
    later('00:10:40');
    expect(await chores()).toBe(false);
  });

  it('is done although a clock was ahead once', async () => {
    now = '2031-01-01T00:00:00Z';
    expect(await chores()).toBe(true);
    later('00:00:20');
    expect(await chores()).toBe(true);
    later('00:00:40');
    expect(await chores()).toBe(false);
  });

  it('is done each minute while something lies in quarantine, and with every round as long as the sweep is on its way', async () => {
    await record(test.db, appender, { reports: [report(hour, '2025-01-05T00:30:00Z', { workspace: 'nobody' })], now });
    later('00:01:00');
    expect(await chores()).toBe(true);
    await activities.usage.keepHouse();
    later('00:01:40');
    expect(await chores()).toBe(false);
    later('00:02:00');
    expect(await chores()).toBe(true);
    await activities.usage.keepHouse();
    await test.db('quarantine_sweep').update({ workspace_id: 'm' });
    later('00:02:20');
    expect(await chores()).toBe(true);
  });

  it('is done for who was set aside from the replay, and while the replay fails', async () => {
    await aside('replay')(test.db as Trx);
    expect(await chores()).toBe(true);
    await test.db('set_aside').del();
    expect(await chores()).toBe(false);
    await test.db.raw('alter table quarantine_sweep rename to elsewhere');
    await expect(activities.usage.keepHouse()).rejects.toThrow(/replay of shard 0/);
    await test.db.raw('alter table elsewhere rename to quarantine_sweep');
    later('00:00:20');
    // With an empty quarantine there is nothing that could fail.
    expect(await chores()).toBe(false);
    expect(await test.db('metering_health').where({ step: 'replay' })).toMatchObject([
      { failing_since: null, succeeded_at: at(now) },
    ]);
  });
});

it('a step that fails keeps neither the next step nor another shard from being done', async () => {
  await test
    .db('fold_cursors')
    .where({ shard: (shard + 1) % shardCount })
    .del();
  await test.db('dirty_hours').insert({ shard: (shard + 1) % shardCount, workspace_id: 'gone', hour });
  await record(test.db, appender, { reports: [used()], now });
  await expect(activities.usage.meterShards({ shards: everyShard })).rejects.toThrow(
    /^metering: fold of shard \d+: .*there is no shard/,
  );
  const failing = await test.db('metering_health').whereNotNull('failing_since').pluck('step');
  expect([failing, await minutes(), await test.db('dirty_hours')]).toEqual([['fold'], 30, []]);
});
