// A workspace whose data makes a step of metering fail stops nobody: neither its neighbours in the shard nor other shards.
import { type Activities, createActivities } from '../../../activities';
import { connect } from '../../../db/connection/knex';
import { UsageAppender } from '../../../db/intake/reports';
import { rollUpDays } from '../../../db/metering/days';
import { readUsage } from '../../../db/metering/figures';
import { foldShard } from '../../../db/metering/fold';
import { rollUpShard } from '../../../db/metering/hours';
import { readMeteredThrough } from '../../../db/metering/marks';
import { inHalves } from '../../../db/metering/set-aside';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { testSettings } from '../../harness/settings';
import { addGrant, addPrice, addWorkspace, at, record, report } from '../fixtures';

let test: TestDatabase;
let activities: Activities;
let appender: UsageAppender;
let now: string;
const everything = { group: 0, groups: 1 };
const from = '2025-01-01T00:00:00Z';

// Three workspaces of one shard.
async function neighbours(): Promise<[string, string, string]> {
  const { rows } = await test.db.raw(`
    select array_agg('w' || n order by n) as ids from generate_series(1, 200) as n
    where hashtextextended('w' || n, 0) & 15 = hashtextextended('w1', 0) & 15`);
  return rows[0].ids.slice(0, 3);
}

beforeEach(async () => {
  test = await createTestDatabase();
  await setUp();
});
afterEach(() => test.drop());

async function setUp(): Promise<void> {
  appender = new UsageAppender();
  now = '2025-01-10T00:00:00Z';
  const connections = { db: test.db, appender, clock: () => at(now), settings: testSettings() };
  activities = createActivities({ ...connections, heartbeat: () => undefined });
  await addPrice(test.db, { type: 'gpu', nanos: 10_000_000n, from });
  for (const id of await neighbours()) await addWorkspace(test.db, { id, startsAt: from, months: ['2025-01'] });
}

const used = (workspace: string, hour = '00', facts = {}) =>
  report(`2025-01-05T${hour}:00:00Z`, `2025-01-05T${hour}:30:00Z`, { workspace, ...facts });

async function metered(): Promise<Record<string, number>> {
  const { rows } = await test.db.raw(`
    select workspace_id, sum(replica_minutes)::float8 as minutes from usage_days group by 1 order by 1`);
  return Object.fromEntries(
    rows.map((row: { workspace_id: string; minutes: number }) => [row.workspace_id, row.minutes]),
  );
}

const aside = () => test.db('set_aside').orderBy(['work', 'workspace_id']);
const itsTimeHasCome = () => test.db('set_aside').update({ next_attempt_at: '2020-01-01T00:00:00Z' });

/** Makes a step fail for one workspace, as bad data of its own would: whatever writes its rows to this table is refused. */
async function poison(table: string, workspace: string): Promise<() => Promise<unknown>> {
  await test.db.raw(`alter table ${table} add constraint poison check (workspace_id <> '${workspace}') not valid`);
  return () => test.db.raw(`alter table ${table} drop constraint poison`);
}

async function tick(): Promise<void> {
  await activities.usage.foldReports(everything);
  await activities.usage.rollUpHours(everything);
  await activities.usage.applyCredits(everything);
}

it.each([
  ['fold', 'replica_hours'],
  ['roll_up', 'usage_hours'],
  ['credits', 'guards'],
])(
  'a workspace that makes %s fail is set aside alone and tried by itself, and nothing of it is lost',
  async (work, table) => {
    const [one, bad, other] = await neighbours();
    for (const workspace of [one, bad, other])
      await addGrant(test.db, { workspace, key: 'g', nanos: 1_000_000_000n, from });
    const mend = await poison(table, bad);
    await record(test.db, appender, { reports: [used(one), used(bad), used(other)], now });
    await tick();
    expect(await aside()).toMatchObject([
      { workspace_id: bad, work, attempts: 1, error: expect.stringMatching(/^new row .*poison/) },
    ]);
    const guarded = () => test.db('guards').orderBy('workspace_id').pluck('workspace_id');
    expect(await guarded()).toEqual([one, other].sort());
    if (work !== 'credits') expect(await metered()).toEqual({ [one]: 30, [other]: 30 });

    // Left out until its time has come, then tried alone; meanwhile the others go on.
    await record(test.db, appender, { reports: [one, bad, other].map((id) => used(id, '02')), now });
    await tick();
    expect(await metered()).toMatchObject({ [one]: 60, [other]: 60 });
    expect(await aside()).toMatchObject([{ attempts: 1 }]);
    await itsTimeHasCome();
    await tick();
    expect(await aside()).toMatchObject([{ attempts: 2, workspace_id: bad }]);

    await mend();
    await itsTimeHasCome();
    await tick();
    await tick();
    expect(await aside()).toEqual([]);
    expect(await metered()).toEqual({ [one]: 60, [bad]: 60, [other]: 60 });
    expect(await guarded()).toEqual([one, bad, other].sort());
  },
);

it.each([
  ['fold', 'replica_hours'],
  ['roll_up', 'usage_hours'],
])('one set aside from %s that takes too long when it is tried again stops nobody', async (work, table) => {
  const [one, bad] = await neighbours();
  const mend = await poison(table, bad);
  await record(test.db, appender, { reports: [used(one), used(bad)], now });
  await tick();
  await mend();
  await test.db.raw(`
    create function take_time() returns trigger language plpgsql as $$ begin perform pg_sleep(5); return new; end $$;
    create trigger take_time before insert on ${table} for each row when (new.workspace_id = '${bad}')
      execute function take_time()`);
  await record(test.db, appender, { reports: [used(one, '02')], now });
  await itsTimeHasCome();
  const impatient = connect({ url: test.url, statementTimeoutMs: 1_000 });
  try {
    const [{ shard }] = await test.db('workspaces').where('id', one).select('shard');
    await foldShard(impatient, shard);
    await rollUpShard(impatient, shard);
    await rollUpDays(impatient, shard, { nowMs: at(now) });
  } finally {
    await impatient.destroy();
  }
  expect(await metered()).toEqual({ [one]: 60 });
  expect(await aside()).toMatchObject([
    { workspace_id: bad, work, attempts: 2, error: expect.stringMatching(/timeout/) },
  ]);
  await test.db.raw(`drop trigger take_time on ${table}`);
  await itsTimeHasCome();
  await tick();
  expect(await aside()).toEqual([]);
  expect(await metered()).toEqual({ [one]: 60, [bad]: 30 });
});

it('a workspace whose day cannot be written is set aside alone, and its usage is read from its hours', async () => {
  const [one, bad, other] = await neighbours();
  const mend = await poison('usage_days', bad);
  await record(test.db, appender, { reports: [used(one), used(bad), used(other)], now });
  await tick();
  expect(await metered()).toEqual({ [one]: 30, [other]: 30 });
  expect(await aside()).toMatchObject([{ workspace_id: bad, work: 'roll_up', attempts: 1 }]);
  const [figures] = await readUsage(test.db, { workspace: bad, month: '2025-01' });
  expect(figures).toMatchObject({ replicaMinutes: 30 });

  await itsTimeHasCome();
  await tick();
  expect(await aside()).toMatchObject([{ workspace_id: bad, attempts: 2 }]);
  await mend();
  await itsTimeHasCome();
  await tick();
  expect(await aside()).toEqual([]);
  expect(await metered()).toEqual({ [one]: 30, [bad]: 30, [other]: 30 });
});

it('what was left out of folding comes in a chunk a statement, and each minute of it', async () => {
  const [, bad] = await neighbours();
  const mend = await poison('replica_hours', bad);
  const month = (replica: string) =>
    report('2025-01-01T00:30:00Z', '2025-01-31T00:00:00Z', { workspace: bad, replica });
  await record(test.db, appender, { reports: [month('r0')], now });
  await tick();
  await record(test.db, appender, { reports: Array.from({ length: 700 }, (_, n) => month(`r${n}`)), now });
  await mend();
  await itsTimeHasCome();
  let folds = 0;
  test.db.on('query', ({ sql }: { sql: string }) => (folds += sql.includes('insert into replica_hours') ? 1 : 0));
  await activities.usage.foldReports(everything);
  expect(folds).toBeGreaterThan(2);
  const { rows } = await test.db.raw('select sum(bit_count(serving::bit(64)))::int as minutes from replica_hours');
  expect(rows).toEqual([{ minutes: 700 * (30 * 24 * 60 - 30) }]);
}, 60_000);

it('a workspace whose sum leaves 64 bits is set aside, next to a healthy one, and comes back at a sane price', async () => {
  const [healthy, dear] = await neighbours();
  await addPrice(test.db, { type: 'dear', nanos: 9_000_000_000_000_000n, from });
  // Each line fits; the hour and the day of all of them do not.
  const lines = Array.from({ length: 40 }, (_, n) => used(dear, '00', { instanceType: 'dear', model: `m${n}` }));
  await record(test.db, appender, { reports: [...lines, used(healthy)], now });
  await tick();
  expect(await metered()).toEqual({ [healthy]: 30 });
  expect(await aside()).toMatchObject([{ workspace_id: dear, work: 'roll_up', error: expect.stringMatching(/range/) }]);
  await test.db.raw(`update prices set price_nanos = 1 where instance_type = 'dear'`);
  await itsTimeHasCome();
  await tick();
  expect(await metered()).toEqual({ [healthy]: 30, [dear]: 1200 });
});

it('a workspace whose days fit 64 bits and whose month does not is metered, and its guard alone has trouble', async () => {
  const [healthy, dear] = await neighbours();
  for (const workspace of [healthy, dear])
    await addGrant(test.db, { workspace, key: 'g', nanos: 1_000_000_000n, from });
  await addPrice(test.db, { type: 'dear', nanos: 9_000_000_000_000_000n, from });
  const day = (date: string) =>
    Array.from({ length: 30 }, (_, n) =>
      report(`${date}T00:00:00Z`, `${date}T00:30:00Z`, { workspace: dear, instanceType: 'dear', model: `m${n}` }),
    );
  await record(test.db, appender, { reports: [...day('2025-01-05'), ...day('2025-01-06'), used(healthy)], now });
  await tick();
  expect(await metered()).toEqual({ [healthy]: 30, [dear]: 1800 });
  expect(await aside()).toEqual([]);
  await expect(activities.guard.judge({ workspace: dear })).rejects.toThrow(/out of range/);
  await expect(activities.guard.judge({ workspace: healthy })).resolves.toMatchObject({ sequence: 1 });
  now = '2025-02-03T00:00:00Z';
  const finalize = (workspace: string) => activities.billing.finalizeInvoice({ workspace, month: '2025-01' });
  await expect(finalize(dear)).rejects.toThrow(/do not fit 64 bits/);
  await expect(finalize(healthy)).resolves.toMatchObject({ kind: 'invoiced' });
});

it('a report that cannot be replayed from quarantine stops neither other reports nor folding', async () => {
  const [one, bad] = await neighbours();
  const mend = await poison('source_periods', bad);
  await record(test.db, appender, { reports: [one, bad].map((id) => used(id, '00', { instanceType: 'new' })), now });
  await addPrice(test.db, { type: 'new', nanos: 1n, from });
  await tick();
  expect(await metered()).toEqual({ [one]: 30 });
  expect(await aside()).toMatchObject([{ workspace_id: bad, work: 'replay' }]);
  await itsTimeHasCome();
  await tick();
  expect(await aside()).toMatchObject([{ attempts: 2 }]);
  await mend();
  await itsTimeHasCome();
  await tick();
  expect(await aside()).toEqual([]);
  expect(await metered()).toEqual({ [one]: 30, [bad]: 30 });
});

it('no invoice is issued over usage that was left out, and asking for it fails at once and says why', async () => {
  for (const table of ['replica_hours', 'usage_hours']) {
    const [one, bad] = await neighbours();
    const month = '2025-01';
    const mend = await poison(table, bad);
    await record(test.db, appender, { reports: [used(one), used(bad)], now, completeThrough: '2025-02-01T00:00:00Z' });
    now = '2025-02-01T01:00:00Z';
    const finalize = (workspace: string) => activities.billing.finalizeInvoice({ workspace, month });
    await expect(finalize(bad)).rejects.toThrow(
      /2025-01 of w\d+ cannot be billed: its usage has not been metered .*poison/,
    );
    await expect(finalize(bad)).rejects.toThrow(/cannot be billed/);
    expect(await aside()).toMatchObject([{ workspace_id: bad, attempts: 2 }]);
    await expect(finalize(one)).resolves.toMatchObject({ kind: 'invoiced', totalCents: '30' });
    // It does not wait until its time has come: it is tried whenever somebody asks for the invoice.
    await mend();
    await expect(finalize(bad)).resolves.toMatchObject({ kind: 'invoiced', totalCents: '30' });
    expect(await aside()).toEqual([]);
    await test.drop();
    test = await createTestDatabase();
    await setUp();
  }
});

it('says metered through no further than the first hour that was left out', async () => {
  const [one, bad] = await neighbours();
  await poison('usage_hours', bad);
  await record(test.db, appender, {
    reports: [used(one), used(bad)],
    now: '2025-01-06T00:00:00Z',
    completeThrough: '2025-01-06T00:00:00Z',
  });
  await tick();
  const through = (workspace: string) => readMeteredThrough(test.db, { workspace, months: ['2025-01'] });
  expect(await through(one)).toBe(at('2025-01-06T00:00:00Z'));
  expect(await through(bad)).toBe(at('2025-01-05T00:00:00Z'));
});

it('reports of one who is set aside from folding are not dropped', async () => {
  const [one, bad] = await neighbours();
  const mend = await poison('replica_hours', bad);
  await record(test.db, appender, { reports: [used(one), used(bad)], now });
  await tick();
  now = '2025-04-01T00:00:00Z';
  await tick();
  await mend();
  await itsTimeHasCome();
  await tick();
  expect(await metered()).toEqual({ [one]: 30, [bad]: 30 });
});

describe("a fault that is no workspace's", () => {
  it('sets nobody aside and fails the step, whose error counts what failed and names the first', async () => {
    const ids = await neighbours();
    await record(test.db, appender, { reports: ids.map((id) => used(id)), now });
    await test.db.raw('alter table replica_hours rename to elsewhere');
    await expect(activities.usage.foldReports(everything)).rejects.toThrow(
      /^metering: 17 failed, the first: making partitions ahead: relation "replica_hours" does not exist/,
    );
    expect(await aside()).toEqual([]);
    await test.db.raw('alter table elsewhere rename to replica_hours');
    await tick();
    expect(Object.keys(await metered())).toHaveLength(3);
  });

  it('of one shard does not stop the others', async () => {
    const [one] = await neighbours();
    await addWorkspace(test.db, { id: 'elsewhere', startsAt: from, months: ['2025-01'] });
    const { rows } = await test.db.raw(
      `select array_agg(shard) as shards from workspaces where id in ('elsewhere', ?)`,
      [one],
    );
    expect(new Set(rows[0].shards).size).toBe(2);
    await test.db.raw(`delete from fold_cursors where shard = (select shard from workspaces where id = 'elsewhere')`);
    await record(test.db, appender, { reports: [used(one), used('elsewhere')], now });
    await expect(activities.usage.foldReports(everything)).rejects.toThrow(
      /^metering: fold of shard \d+: .*there is no shard/,
    );
    await activities.usage.rollUpHours(everything);
    expect(await metered()).toEqual({ [one]: 30 });
  });

  it('is told from that of one in a thousand by some twenty attempts more', async () => {
    const ids = Array.from({ length: 1000 }, (_, n) => `w${n}`);
    let attempts = 0;
    const { done, failures } = await inHalves(ids, async (some) => {
      attempts++;
      if (some.includes('w700')) throw new Error('poison');
      return some.length;
    });
    expect([...failures.keys()]).toEqual(['w700']);
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(999);
    expect(attempts).toBeLessThanOrEqual(21);
    attempts = 0;
    // Bad ones beside each other do not hide the others.
    const half = await inHalves(ids, async (some) => {
      attempts++;
      if (some.some((id) => ids.indexOf(id) < 40)) throw new Error('poison');
      return some.length;
    });
    expect(half.failures.size).toBe(40);
    expect(half.done.reduce((sum, count) => sum + count, 0)).toBe(960);
    attempts = 0;
    const all = inHalves(ids, async () => {
      attempts++;
      throw new Error('broken');
    });
    await expect(all).rejects.toThrow('broken');
    expect(attempts).toBeLessThanOrEqual(65);
  });

  it('of a workspace that is not there is thrown, as it cannot be set aside', async () => {
    const [one] = await neighbours();
    await record(test.db, appender, { reports: [used(one)], now });
    await test.db('dirty_hours').insert({ shard: 0, workspace_id: 'nobody', hour: from });
    await test.db.raw(`alter table hour_totals rename to elsewhere`);
    await expect(activities.usage.rollUpHours(everything)).rejects.toThrow(
      /roll_up of shard 0: relation "hour_totals"/,
    );
    await test.db.raw(`alter table elsewhere rename to hour_totals`);
  });

  it('sets nobody aside while Postgres is busy', async () => {
    const attempt = inHalves(['a', 'b'], async () => {
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
    });
    await expect(attempt).rejects.toThrow(/timeout/);
  });
});

it('health tells when each step last went through, and since when it fails', async () => {
  const health = async () => {
    const rows = await test.db('metering_health').where('step', 'fold').orderBy('shard').limit(1);
    const { succeeded_at, failing_since, error } = rows[0];
    return { succeeded_at, failing_since, error };
  };
  await tick();
  const first = at(now);
  expect(await health()).toEqual({ succeeded_at: first, failing_since: null, error: null });
  await test.db.raw('alter table replica_hours rename to elsewhere');
  for (const later of ['2025-01-10T00:00:20Z', '2025-01-10T00:00:40Z']) {
    now = later;
    await expect(activities.usage.foldReports(everything)).rejects.toThrow(/does not exist/);
    expect(await health()).toMatchObject({
      succeeded_at: first,
      failing_since: at('2025-01-10T00:00:20Z'),
      error: 'relation "replica_hours" does not exist',
    });
  }
  await test.db.raw('alter table elsewhere rename to replica_hours');
  now = '2025-01-10T00:01:00Z';
  await tick();
  expect(await health()).toEqual({ succeeded_at: at(now), failing_since: null, error: null });
  expect(await test.db('metering_health').count({ rows: '*' })).toEqual([{ rows: 49n }]);
});
