// Quarantine is judged by groups: what lacks the same costs once, and what is mended is found wherever it lies.
import { replayAll, replayOf, sweepQuarantine } from '../../commands/replay-quarantine';
import { lookThrough, readPosition } from '../../db/intake/quarantine-groups';
import { UsageAppender } from '../../db/intake/reports';
import { addPrice, addWorkspace, at, meterAll, record, report } from '../db/fixtures';
import { createTestDatabase, type TestDatabase } from '../harness/database';

let test: TestDatabase;
const now = '2025-01-10T00:00:00Z';
const replaying = () => ({ db: test.db, appender: new UsageAppender(), nowMs: at(now) });

beforeEach(async () => {
  test = await createTestDatabase();
  await addPrice(test.db, { type: 'gpu', nanos: 1n, from: '2025-01-01T00:00:00Z' });
  await addWorkspace(test.db, { id: 'acme', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
});
afterEach(() => test.drop());

const left = () => test.db('usage_quarantine').orderBy('quarantine_id').pluck('workspace_id');

// Reports of `count` workspaces that are not there, each a group of its own.
async function strangers(count: number): Promise<void> {
  await test.db.raw(
    `insert into sources (source) values ('strange') on conflict do nothing;
     insert into usage_quarantine (workspace_id, model, version, replica, instance_type, phase, from_at, to_at, source_id,
       reason, received_at)
     select 'nobody-' || to_char(n, 'FM00000000'), 'm', 'v', 'r', 'gpu', 2, '2025-01-05T10:00Z', '2025-01-05T10:10Z',
       (select source_id from sources where source = 'strange'), 'unknown_workspace', '${now}'
     from generate_series(1, ${count}) as n`,
  );
}

it('a round looks at some thousand groups, goes on from there in the next, and begins again at the end', async () => {
  await strangers(12_000);
  await addWorkspace(test.db, { id: 'nobody-00007000', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  await sweepQuarantine(replaying());
  expect(await readPosition(test.db)).toEqual({ workspace: 'nobody-00005000', instanceType: 'gpu' });
  expect(await left()).toHaveLength(12_000);
  await sweepQuarantine(replaying());
  expect(await left()).not.toContain('nobody-00007000');
  await sweepQuarantine(replaying());
  expect(await readPosition(test.db)).toEqual({ workspace: '', instanceType: '' });
  expect(await left()).toHaveLength(11_999);
});

it('all are looked through where somebody asks for all', async () => {
  await strangers(12_000);
  await addWorkspace(test.db, { id: 'nobody-00011000', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  expect(await replayAll(replaying())).toBe(1);
  expect(await left()).not.toContain('nobody-00011000');
});

it('is replayed source by source, more of it than goes into one batch', async () => {
  const later = await record(test.db, new UsageAppender(), {
    reports: Array.from({ length: 60 }, (_, n) =>
      report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z', { instanceType: 'new', replica: `r${n}` }),
    ),
    now,
    source: 'other',
  });
  expect(later.quarantined).toBe(60);
  await test.db.raw(`
    insert into sources (source) values ('strange');
    insert into usage_quarantine (workspace_id, model, version, replica, instance_type, phase, from_at, to_at, source_id,
      reason, received_at)
    select 'acme', 'm', 'v', 'r' || n, 'new', 2, '2025-01-05T10:00Z', '2025-01-05T10:10Z',
      (select source_id from sources where source = 'strange'), 'no_price', '${now}'
    from generate_series(1, 12000) as n`);
  await addPrice(test.db, { type: 'new', nanos: 1n, from: '2025-01-01T00:00:00Z' });
  expect(await replayOf(replaying(), 'acme')).toBe(12_060);
  await meterAll(test.db);
  const { rows } = await test.db.raw('select sum(replica_minutes)::float8 as minutes from usage_hours');
  // The first sixty replicas of "other" are of another model than those of "strange".
  expect(rows).toEqual([{ minutes: 120_600 }]);
});

it('a contract price alone is a price, for its workspace only', async () => {
  await addWorkspace(test.db, { id: 'other', startsAt: '2025-01-01T00:00:00Z', months: ['2025-01'] });
  const reports = ['acme', 'other'].map((workspace) =>
    report('2025-01-05T10:00:00Z', '2025-01-05T10:10:00Z', { instanceType: 'new', workspace }),
  );
  await record(test.db, new UsageAppender(), { reports, now });
  await test.db.raw(`
    insert into instance_types values ('new');
    insert into prices values ('new', 'other', 1, tstzrange('2025-01-05T10:00Z', null))`);
  expect(await replayAll(replaying())).toBe(1);
  expect(await left()).toEqual(['acme']);
});

it('what is looked at grows with groups, not with reports', async () => {
  const scanned = async () => {
    await test.db.raw('select pg_stat_force_next_flush()');
    const { rows } = await test.db.raw(`
      select idx_tup_read::float8 + seq_tup_read::float8 as read
      from pg_stat_user_indexes join pg_stat_user_tables using (relid)
      where relid = 'usage_quarantine'::regclass and indexrelname = 'usage_quarantine_groups'`);
    return rows[0].read as number;
  };
  const looked = async () => {
    const before = await scanned();
    await lookThrough(test.db, { after: { workspace: '', instanceType: '' }, limit: 100 });
    return (await scanned()) - before;
  };
  const unpriced = (from: number, to: number) =>
    test.db.raw(`
      insert into usage_quarantine (workspace_id, model, version, replica, instance_type, phase, from_at, to_at, source_id,
        reason, received_at)
      select 'acme', 'm', 'v', 'r' || n, 'new', 2, '2025-01-05T10:00Z', '2025-01-05T10:10Z',
        (select min(source_id) from sources), 'no_price', '${now}'
      from generate_series(${from}, ${to}) as n;
      analyze usage_quarantine`);
  await strangers(1);
  await unpriced(1, 10);
  const few = await looked();
  await unpriced(11, 20_000);
  expect(await looked()).toBeLessThanOrEqual(few + 2);
});
