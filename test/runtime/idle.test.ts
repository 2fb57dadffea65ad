// What goes on while nothing happens: rounds of metering, the relay's look into the outbox, gauges that are scraped, platforms that
// ask for the gates, intake that asks how far metering is. None of it may read more where more workspaces do nothing.
import { createActivities } from '../../activities';
import { spreadWebhookEvents } from '../../commands/spread-webhook-events';
import { connect, type Db } from '../../db/connection/knex';
import { listGates } from '../../db/guard/gate';
import { UsageAppender } from '../../db/intake/reports';
import { unfoldedAges } from '../../db/metering/gauges';
import { beginRound } from '../../db/metering/rounds';
import { claimDeliveries, type Lane, msUntilDue } from '../../db/outbox';
import { dayMs, hourMs, minuteMs } from '../../domain/period';
import { databaseGauges } from '../../runtime/gauges';
import { createTestDatabase, type TestDatabase } from '../harness/database';
import { testSettings } from '../harness/settings';
import { putPrices, report, serving } from '../harness/workspace';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const nowMs = Date.UTC(2025, 0, 10);
const lanes: readonly Lane[] = ['billing', 'mail', 'guard', 'webhooks'];

/** With credits that nothing burns, a guard that has judged, and a month that is open. */
async function addIdle(count: number): Promise<void> {
  await database.db.raw(
    `with added as (
       insert into workspaces (id, name, billing_email, starts_at, created_at)
       select 'idle-' || n, 'Idle', 'a@b.example', '2025-01-01T00:00Z', '2025-01-01T00:00Z'
       from generate_series(1, :count::int) as n on conflict do nothing returning id, shard
     ), used as (
       insert into usage_totals (workspace_id, list_nanos) select id, 1 from added
     ), guarded as (
       insert into guards (workspace_id, shard, started_at, judged_at, wake_sequence, judged_sequence, next_look_at, next_change_at)
       select id, shard, '2025-01-01T00:00Z', '2025-01-01T00:00Z', 1, 1, '2025-01-29T00:00Z', '2025-02-01T00:00Z' from added
     )
     insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
     select id, '2025-01', '2025-01-01T00:00Z', '2025-02-01T00:00Z', '2025-01-01T00:00Z' from added`,
    { count },
  );
  // As autovacuum leaves it.
  await database.db.raw('vacuum analyze');
  await database.db.raw('select pg_stat_force_next_flush()');
}

type Work = (db: Db) => Promise<unknown>;

const goingOn: Readonly<Record<string, Work>> = {
  'a round of metering': (db) => beginRound(db, { nowMs }),
  'the relay': async (db) => {
    for (const lane of lanes) {
      await claimDeliveries(db, { lane, limit: 100, leaseSeconds: 10 });
      await msUntilDue(db, lane);
    }
    await spreadWebhookEvents({ db, clock: () => nowMs });
  },
  gauges: async (db) => {
    for (const { read } of databaseGauges) await read(db, { nowMs, deadlineMs: dayMs, keepUsageMonths: null });
  },
  'the list of gates': (db) => listGates(db, { after: '', limit: 100, knownTag: null, nowMs }),
  'how far metering is': (db) => unfoldedAges(db, { nowMs }),
};

type Cost = { readonly statements: number; readonly rows: Readonly<Record<string, number>> };

/** How many statements each is, and how many rows of which tables it reads and writes; its plans are made already. */
async function costs(works: Readonly<Record<string, Work>>): Promise<Readonly<Record<string, Cost>>> {
  const db = connect({ url: database.urlAs('worker'), poolMax: 1 });
  let statements = 0;
  db.on('query', () => statements++);
  const rowsOf = async () => {
    await db.raw('select pg_stat_force_next_flush()');
    const { rows } = await database.db.raw(`
      select relname, (seq_tup_read + coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del)::float8 as rows
      from pg_stat_user_tables`);
    return rows as readonly { relname: string; rows: number }[];
  };
  const found: Record<string, Cost> = {};
  try {
    for (const [name, work] of Object.entries(works)) {
      for (let time = 0; time < 7; time++) await work(db);
      const before = new Map((await rowsOf()).map(({ relname, rows }) => [relname, rows]));
      statements = 0;
      await work(db);
      const asked = statements;
      const moved = (await rowsOf()).map(({ relname, rows }) => [relname, rows - (before.get(relname) ?? 0)] as const);
      found[name] = { statements: asked, rows: Object.fromEntries(moved.filter(([, rows]) => rows > 0)) };
    }
    return found;
  } finally {
    await db.destroy();
  }
}

test('nothing of it reads more beside 10,000 workspaces that do nothing than beside 1,000', async () => {
  await database.db.raw(`insert into sources (source) values ('cluster')`);
  await addIdle(1_000);
  const few = await costs(goingOn);
  await addIdle(10_000);
  expect(await costs(goingOn)).toEqual(few);
  // Cursors and health are moved, and the chores' row is looked at; no row of a workspace is even read.
  const { statements, rows } = few['a round of metering'] ?? {};
  const read = ['fold_cursors', 'metering_chores', 'metering_health', 'sources'];
  expect([statements, Object.keys(rows ?? {}).sort()]).toEqual([1, read]);
}, 60_000);

test('a round in which one of them reports reads nothing of the others', async () => {
  await putPrices(database.db, { instanceType: 'T4x1', points: [{ fromMs: 0, usdPerMinute: '0.5' }] });
  const appender = new UsageAppender();
  const clock = () => nowMs;
  let fromMs = nowMs - hourMs;
  const reporting: Work = async (db) => {
    const toMs = fromMs + minuteMs;
    const reports = [serving({ workspace: 'idle-7', fromMs, toMs })];
    await report(database.db, appender, { source: 'cluster', reports, completeThroughMs: toMs, nowMs });
    fromMs = toMs;
    const { usage } = createActivities({ db, appender, clock, settings: testSettings(), heartbeat: () => undefined });
    const { shards } = await usage.beginRound();
    expect(shards).toHaveLength(1);
    expect(await usage.meterShards({ shards })).toMatchObject({ replicaHours: 1, workspaceHours: 1 });
  };
  const { rows = {} } = (await costs({ reporting }))['reporting'] ?? {};
  expect(rows['usage_hours_202501']).toBeGreaterThan(0);
  for (const [table, read] of Object.entries(rows)) expect([table, read < 1_000]).toEqual([table, true]);
}, 60_000);
