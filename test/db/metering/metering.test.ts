// Reports to masks to hours to days, on the real database, against a naive count minute by minute.

import { connect } from '../../../db/connection/knex';
import { makeReportsDay, UsageAppender } from '../../../db/intake/reports';
import { lockShards } from '../../../db/locks';
import { foldShard } from '../../../db/metering/fold';
import { rollUpAlone, rollUpShard } from '../../../db/metering/hours';
import { shardCount } from '../../../db/metering/shards';
import { piecesOf } from '../../../domain/minutes';
import { defaultBillablePhases } from '../../../domain/terms';
import { type Phase, phases, type UsageReport } from '../../../domain/usage';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { until } from '../../harness/until';
import { addPrice, addWorkspace, at, meterAll, record, report } from '../fixtures';

let test: TestDatabase;
let appender: UsageAppender;
const now = '2025-03-10T00:00:00Z';
const price = 20_120_000n;

beforeEach(async () => {
  test = await createTestDatabase();
  appender = new UsageAppender();
  await addPrice(test.db, { type: 'gpu', nanos: price, from: '2025-01-01T00:00:00Z' });
  await addPrice(test.db, { type: 'cpu', nanos: 1_000_000n, from: '2025-01-01T00:00:00Z' });
  await addWorkspace(test.db, {
    id: 'acme',
    startsAt: '2025-01-01T00:00:00Z',
    months: ['2025-01', '2025-02', '2025-03'],
  });
});
afterEach(() => test.drop());

/** A fixed pseudo-random sequence, so that a failure repeats. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % sides;
  };
}

function someReports(seed: number, count: number): UsageReport[] {
  const roll = dice(seed);
  return Array.from({ length: count }, () => {
    const fromMs = at('2025-01-30T20:00:00Z') + roll(8 * 3600) * 1000;
    return {
      workspace: 'acme',
      model: `m${roll(2)}`,
      version: `v${roll(2)}`,
      replica: `r${roll(3)}`,
      instanceType: roll(4) === 0 ? 'cpu' : 'gpu',
      phase: phases[roll(5)] as Phase,
      fromMs,
      toMs: fromMs + 1000 + roll(3 * 3600) * 1000,
    };
  });
}

/** Minutes as a set of text: what the masks must come to. */
function naive(reports: readonly UsageReport[]) {
  const billable = new Set<string>();
  const active = new Set<string>();
  for (const each of reports) {
    if (!defaultBillablePhases.includes(each.phase)) continue;
    for (let minute = Math.floor(each.fromMs / 60_000); minute * 60_000 < each.toMs; minute++) {
      billable.add(`${each.model} ${each.version} ${each.instanceType} ${each.replica} ${minute}`);
      active.add(`${each.model} ${minute}`);
    }
  }
  const cpu = [...billable].filter((key) => key.includes(' cpu ')).length;
  return {
    minutes: billable.size,
    listNanos: BigInt(billable.size - cpu) * price + BigInt(cpu) * 1_000_000n,
    active: active.size,
  };
}

async function metered() {
  const { rows } = await test.db.raw(`
    select (select sum(replica_minutes)::int from usage_hours) as minutes,
      (select sum(list_nanos)::int8 from usage_hours) as list_nanos,
      (select sum(list_nanos)::int8 from usage_days) as day_nanos,
      (select sum(list_nanos)::int8 from hour_totals) as total_nanos,
      (select sum(active_minutes)::int from active_days where version is null) as active`);
  return rows[0];
}

it.each([1, 2, 3])('counts what a naive count of minutes counts (sample %i)', async (seed) => {
  const reports = someReports(seed, 120);
  await record(test.db, appender, { reports, now });
  await meterAll(test.db);
  const expected = naive(reports);
  expect(await metered()).toEqual({
    minutes: expected.minutes,
    list_nanos: expected.listNanos,
    day_nanos: expected.listNanos,
    total_nanos: expected.listNanos,
    active: expected.active,
  });
});

it('counts the same when reports come shuffled, twice, cut in pieces and metered in between', async () => {
  const reports = someReports(4, 80);
  const roll = dice(9);
  const cut = reports.flatMap((each) => {
    const middle = each.fromMs + 1 + roll(each.toMs - each.fromMs - 1);
    return [each, { ...each, toMs: middle }, { ...each, fromMs: middle }];
  });
  const shuffled = cut
    .map((each) => ({ each, key: roll(1_000_000) }))
    .sort((a, b) => a.key - b.key)
    .map(({ each }) => each);
  for (let first = 0; first < shuffled.length; first += 37) {
    await record(test.db, appender, { reports: shuffled.slice(first, first + 37), now });
    if (first % 2 === 0) await meterAll(test.db);
  }
  await meterAll(test.db);
  const expected = naive(reports);
  expect(await metered()).toMatchObject({
    minutes: expected.minutes,
    list_nanos: expected.listNanos,
    active: expected.active,
  });
});

it('writes nothing for a report that says nothing new', async () => {
  const reports = [report('2025-01-05T10:00:00Z', '2025-01-05T12:30:00Z')];
  await record(test.db, appender, { reports, now });
  await meterAll(test.db);
  await record(test.db, appender, { reports, now });
  let changed = 0;
  for (let shard = 0; shard < shardCount; shard++) changed += await foldShard(test.db, shard);
  expect(changed).toBe(0);
});

it.each([
  ['after', ['a', 'b'], ['c', 'd']],
  ['before', ['c', 'd'], ['a', 'b']],
  ['among', ['a', 'c'], ['b', 'd']],
  ['again with', ['a', 'b'], ['a', 'b', 'c']],
])('adds replicas that come %s those that an hour has', async (_, first, then) => {
  const inUse = (replica: string, minutes: number) =>
    report('2025-01-10T00:00:00Z', `2025-01-10T00:0${minutes}:00Z`, { replica });
  const known = ['a', 'b', 'c', 'd'].map((replica) =>
    report('2025-01-11T00:00:00Z', '2025-01-11T00:01:00Z', { replica }),
  );
  await record(test.db, appender, { reports: known, now });
  for (const [replicas, minutes] of [
    [first, 2],
    [then, 5],
  ] as const) {
    await record(test.db, appender, { reports: replicas.map((replica) => inUse(replica, minutes)), now });
    await meterAll(test.db);
  }
  const { rows } = await test.db.raw(`
    select replica, bit_count(serving::bit(64))::int as minutes from replica_hours join replicas using (replica_id)
    where hour = '2025-01-10T00:00:00Z' order by replica`);
  const longest = new Map([
    ...first.map((replica) => [replica, 2] as const),
    ...then.map((replica) => [replica, 5] as const),
  ]);
  expect(rows).toEqual([...longest].sort().map(([replica, minutes]) => ({ replica, minutes })));
});

it('folds a month as one stretch: three pieces in, 744 hours out', async () => {
  await record(test.db, appender, { reports: [report('2025-01-01T00:00:30Z', '2025-01-31T23:59:30Z')], now });
  await meterAll(test.db);
  const { rows } = await test.db.raw(`
    select (select count(*)::int from usage_reports) as pieces, (select count(*)::int from replica_hours) as hours`);
  expect(rows[0]).toEqual({
    pieces: piecesOf(at('2025-01-01T00:00:30Z'), at('2025-01-31T23:59:30Z')).length,
    hours: 744,
  });
  expect(await metered()).toMatchObject({ minutes: 44_640 });
});

it('does not skip reports whose transaction commits after later ones were folded', async () => {
  await makeReportsDay(test.db, now);
  const slow = await test.db.transaction();
  const sourceId = (await test.db.raw(`insert into sources (source) values ('slow') returning source_id`)).rows[0]
    .source_id;
  const reports = [report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z')];
  const receipt = { sourceId, received: now };
  const keys = await appender.prepare(test.db, reports, receipt);
  await appender.append(slow, { reports, keys, receipt });
  await record(test.db, appender, { reports: [report('2025-01-05T10:30:00Z', '2025-01-05T10:40:00Z')], now });
  await meterAll(test.db);
  await slow.commit();
  await meterAll(test.db);
  expect(await metered()).toMatchObject({ minutes: 20 });
});

it('folds one batch of more hours than a chunk in several, and each minute of it', async () => {
  const replicas = 700;
  const reports = Array.from({ length: replicas }, (_, n) =>
    report('2025-01-01T00:30:00Z', '2025-01-31T00:00:00Z', { replica: `r${n}` }),
  );
  await record(test.db, appender, { reports, now });
  const [{ shard }] = await test.db('workspaces').where('id', 'acme').select('shard');
  let chunks = 0;
  await foldShard(test.db, shard, () => chunks++);
  expect(chunks).toBeGreaterThan(1);
  const hours = await test.db('replica_hours').count({ hours: '*' }).first();
  expect(Number(hours?.['hours'])).toBe(replicas * 30 * 24);
  const [{ minutes }] = (
    await test.db.raw('select sum(bit_count(serving::bit(64)))::int as minutes from replica_hours')
  ).rows;
  expect(minutes).toBe(replicas * (30 * 24 * 60 - 30));
}, 60_000);

it('makes the partitions of a month whose first usage comes while those of another are made', async () => {
  const firstOf = (month: string) =>
    record(test.db, appender, { reports: [report(`${month}-05T10:00:00Z`, `${month}-05T11:00:00Z`)], now });
  const [{ shard }] = await test.db('workspaces').where('id', 'acme').select('shard');
  await firstOf('2025-01');
  const maker = await test.db.transaction();
  await maker.raw('select pg_advisory_xact_lock(715, 0)');
  const folding = foldShard(test.db, shard);
  await until('partitions are to be made', async () => {
    const { rows } = await test.db.raw(
      `select from pg_locks where locktype = 'advisory' and classid = 715 and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    return rows.length > 0;
  }).finally(() => firstOf('2025-02').finally(() => maker.rollback()));
  await folding;
  const hours = await test.db('replica_hours').orderBy('hour').pluck('hour');
  expect(hours).toEqual([at('2025-01-05T10:00:00Z'), at('2025-02-05T10:00:00Z')]);
});

it('a chunk that ends at several reports of one replica and hour adds to the masks of the longest of them', async () => {
  const last = 200_001;
  const [{ shard }] = await test.db('workspaces').where('id', 'acme').select('shard');
  await makeReportsDay(test.db, now);
  const insert = (rows: string) =>
    test.db.raw(`
      insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
      select '${now}', '2025-01-05T10:00Z', 1, replica_id, 1, hours, phase, ${shard}, 'acme' from (${rows}) as rows`);
  await insert(`select ${last} as replica_id, 6 as hours, 1 as phase`);
  await foldShard(test.db, shard);
  // So many of an hour each that the last of the chunk is a replica's, and not all of his are looked at for where it ends.
  await insert(`
    select n as replica_id, 1 as hours, 2 as phase from generate_series(1, ${last - 1}) as n
    union all select ${last}, 1, n % 4 from generate_series(1, 40) as n
    union all select ${last}, 6, 4`);
  await foldShard(test.db, shard);
  expect(await test.db('set_aside')).toEqual([]);
  const { rows } = await test.db.raw(`
    select count(*)::int as hours, sum(idle)::int as idle from replica_hours where replica_id = ${last}`);
  expect(rows).toEqual([{ hours: 6, idle: 6 }]);
}, 60_000);

it('rolls up fewer hours at a time where as many as usual would take too long', async () => {
  const reports = [report('2025-01-05T00:00:00Z', '2025-01-09T04:00:00Z')];
  await record(test.db, appender, { reports, now });
  // A hundred hours: a second at once, more than the statement may take, and a hundredth each.
  await test.db.raw(`
    create function take_time() returns trigger language plpgsql as $$
    begin perform pg_sleep((select count(*) from added) * 0.01); return null; end $$;
    create trigger usage_hours_take_time after insert on usage_hours referencing new table as added
      for each statement execute function take_time()`);
  const patient = connect({ url: test.url, statementTimeoutMs: 500 });
  try {
    const [{ shard }] = await test.db('workspaces').where('id', 'acme').select('shard');
    await foldShard(patient, shard);
    expect(await rollUpShard(patient, shard)).toBe(100);
  } finally {
    await patient.destroy();
  }
  expect(await metered()).toMatchObject({ minutes: 6000 });
});

it.each([
  [3, '2025-01-05T13:00:00Z'],
  [300, '2025-01-17T22:00:00Z'],
])(
  '%i hours of one workspace, in the transaction of a correction, leave the plans of its other statements as they are',
  async (hours, until) => {
    await record(test.db, appender, { reports: [report('2025-01-05T10:00:00Z', until)], now });
    const [{ shard }] = await test.db('workspaces').where('id', 'acme').select('shard');
    await foldShard(test.db, shard);
    await test.db.transaction(async (trx) => {
      await lockShards(trx, [shard]);
      expect(await rollUpAlone(trx, shard, 'acme')).toBe(hours);
      const { rows } = await trx.raw(`
      select current_setting('plan_cache_mode') as plan_cache_mode, current_setting('enable_sort') as enable_sort`);
      expect(rows).toEqual([{ plan_cache_mode: 'auto', enable_sort: 'on' }]);
    });
  },
);

it('says metered through only what is folded with the mark', async () => {
  await record(test.db, appender, {
    reports: [report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z')],
    now,
    completeThrough: '2025-02-01T00:00:00Z',
  });
  const marks = () => test.db('metered_marks').distinct('metered_through').pluck('metered_through');
  expect(await marks()).toEqual([]);
  await meterAll(test.db);
  expect(await marks()).toEqual([at('2025-02-01T00:00:00Z')]);
});

it('bills idle minutes only where the terms make them billable', async () => {
  await test.db.raw(
    `insert into workspace_terms (workspace_id, valid, terms) values ('acme', tstzrange('2025-01-05T11:00:00Z', null), ?)`,
    [JSON.stringify({ billablePhases: ['serving', 'idle'] })],
  );
  await record(test.db, appender, {
    reports: [
      report('2025-01-05T10:00:00Z', '2025-01-05T12:00:00Z', { phase: 'idle' }),
      report('2025-01-05T10:00:00Z', '2025-01-05T12:00:00Z', { phase: 'deploying', replica: 'r2' }),
    ],
    now,
  });
  await meterAll(test.db);
  const hours = await test
    .db('usage_hours')
    .select('replica_minutes', 'idle_minutes', 'deploying_minutes')
    .orderBy('hour');
  expect(hours).toEqual([
    { replica_minutes: 60, idle_minutes: 60, deploying_minutes: 60 },
    { replica_minutes: 60, idle_minutes: 60, deploying_minutes: 60 },
  ]);
});

it('takes the contract price of a workspace before the price for all, hour by hour', async () => {
  await test.db.raw(
    `insert into prices (instance_type, workspace_id, price_nanos, valid) values ('gpu', 'acme', 7, tstzrange('2025-01-05T11:00:00Z', null))`,
  );
  await record(test.db, appender, { reports: [report('2025-01-05T10:00:00Z', '2025-01-05T12:00:00Z')], now });
  await meterAll(test.db);
  expect(await test.db('usage_hours').orderBy('hour').pluck('list_nanos')).toEqual([price * 60n, 420n]);
});
