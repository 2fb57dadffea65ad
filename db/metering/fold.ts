// Folding: reports become minute masks. An OR, so that folding again changes nothing.
import { isWithin } from '../connection/instants';
import type { Db, Trx } from '../connection/knex';
import { isMissingPartition } from '../connection/missing-partition';
import { readByIndex } from '../connection/plans';
import { statement, textArray } from '../connection/statement';
import { lockShards } from '../locks';
import { adoptRestored } from './restored';
import { inChunk, retrySetAside } from './set-aside';
import { shardCount } from './shards';
import { unfoldedBy } from './unfolded';

/** How many expanded hours one fold takes: about a second of work, sorted in 32 MB. */
const hoursAChunk = 200_000;

/** A place in the order of reports: by transaction, replica and hour. */
type Place = { transaction: string; replica: string; hour: string };

type Chunk = Bounds & { folded: string; target: string; after: Place; through: Place | null };

/** Between which hours it lies, in seconds since the epoch; null where there is nothing. */
type Bounds = { from: number | null; until: number | null };

const placeAsJson = (transaction: string, replica: string, hour: string) =>
  `jsonb_build_object('transaction', ${transaction}::text, 'replica', ${replica}::text, 'hour', ${hour}::text)`;

const place = '(transaction_id, replica_id, hour)';
const after = '(:after_transaction::xid8, :after_replica::int8, :after_hour::timestamptz)';

// Reports commit out of order and transactions may stay open for long, so what is folded is remembered as a snapshot: a
// pass folds what is visible now and was not when the last pass began. The first chunk of a pass sets its target; the
// others go on through it. A transaction may hold more than a chunk (16 MB of reports of a month each are 50 million hours),
// so a chunk ends at a replica's hour and not at a transaction; sorting within one transaction is an incremental sort.
const nextChunk = statement<Chunk>(`
  with cursor as (
    select shard, folded, coalesce(target, pg_current_snapshot()) as target,
      coalesce(through_transaction, '0'::xid8) as transaction, coalesce(through_replica, 0) as replica,
      coalesce(through_hour, '-infinity') as hour
    from fold_cursors where shard = :shard
  ), pending as (
    select transaction_id, replica_id, unfolded.hour, hours,
      sum(hours) over (order by transaction_id, replica_id, unfolded.hour rows unbounded preceding) as hours_so_far
    from cursor cross join lateral ${unfoldedBy('cursor', 'transaction_id, replica_id, reports.hour, hours', {
      condition: `transaction_id >= cursor.transaction and pg_visible_in_snapshot(transaction_id, cursor.target)
        and (transaction_id, replica_id, reports.hour) > (cursor.transaction, cursor.replica, cursor.hour)`,
      // One that is not of the chunk any more, as each has an hour at least: of a backlog no more is read and sorted. Of those at
      // one place, all of which are of one chunk, the longest first: by it the chunk's bounds hold those that are cut off, too.
      first: 'order by transaction_id, replica_id, reports.hour, hours desc limit :hours + 1',
    })} as unfolded
    order by transaction_id, replica_id, unfolded.hour
  )
  select folded::text, target::text, ${placeAsJson('transaction', 'replica', 'hour')} as after,
    (select ${placeAsJson('transaction_id', 'replica_id', 'hour')} from pending where hours_so_far > :hours limit 1)
      as through,
    (select extract(epoch from min(hour))::float8 from pending) as from,
    (select extract(epoch from max(hour + hours * interval '1 hour'))::float8 from pending) as until
  from cursor`);

// Who is set aside is asked as a value: as a table it is joined, for which all reports are sorted by workspace.
const inThisChunk = `
  shard = :shard and is_unfolded(transaction_id, :folded::pg_snapshot)
    and pg_visible_in_snapshot(transaction_id, :target::pg_snapshot)
    and transaction_id >= :after_transaction::xid8 and ${place} > ${after}
    and (:through_transaction::xid8 is null or transaction_id <= :through_transaction::xid8
      and ${place} <= (:through_transaction::xid8, :through_replica::int8, :through_hour::timestamptz))
    and workspace_id not in (select workspace_id from set_aside where shard = :shard and work = 'fold')`;

// What lies before was folded and billed before it was dropped: it is met again where a restored database folds afresh.
const isKept = (instant: string) => `${instant} >= (select from_at from usage_kept)`;

const selectWorkspaces = statement<{ workspace_id: string }>(`
  select distinct workspace_id from usage_reports where ${inThisChunk} order by workspace_id`);

// Asked as a value: the planner, who expects few hours, else compares each of the masks with each of them.
const comesLater = '(workspace_id, hour) in (select workspace_id, hour from later_hours)';

// Masks of an hour that come after all that the workspace has in it are stored without looking for each of them, which was nearly a
// third of a fold: nobody else writes masks of the shard. Replicas are numbered as they come, so that nearly all masks do.
const foldChunk = statement<{ changed: number }>(`
  with expanded as (
    select workspace_id, reports.hour + n * interval '1 hour' as hour, replica_id, phase, mask
    from (
      -- The same stretch reported again and again in one batch would be expanded as often.
      select distinct workspace_id, hour, hours, replica_id, phase, mask from usage_reports
      where ${inThisChunk} and (:workspaces::text[] is null or workspace_id = any(:workspaces::text[]))
    ) as reports cross join lateral generate_series(0, hours - 1) as n
    where ${isKept("reports.hour + n * interval '1 hour'")}
  ), masks as materialized (
    select workspace_id, hour, replica_id,
      coalesce(bit_or(mask) filter (where phase = 0), 0) as deploying,
      coalesce(bit_or(mask) filter (where phase = 1), 0) as scaling_up,
      coalesce(bit_or(mask) filter (where phase = 2), 0) as serving,
      coalesce(bit_or(mask) filter (where phase = 3), 0) as scaling_down,
      coalesce(bit_or(mask) filter (where phase = 4), 0) as idle
    from expanded
    group by workspace_id, hour, replica_id
    order by workspace_id, hour, replica_id
  ), hours as materialized (
    select workspace_id, hour, min(replica_id) as first_replica, count(*) as replicas from masks group by workspace_id, hour
  ), later_hours as materialized (
    select hours.* from hours left join lateral (
      select true as is_met from replica_hours as stored
      where stored.workspace_id = hours.workspace_id and stored.hour = hours.hour and stored.replica_id >= hours.first_replica
        and ${isWithin('stored.hour')} limit 1
    ) as stored on true where is_met is null
  ), appended as (
    insert into replica_hours (workspace_id, hour, replica_id, deploying, scaling_up, serving, scaling_down, idle)
    select * from masks where (${comesLater}) is true
  ), folded as (
    insert into replica_hours as stored
      (workspace_id, hour, replica_id, deploying, scaling_up, serving, scaling_down, idle)
    select * from masks where (${comesLater}) is not true
    on conflict (workspace_id, hour, replica_id) do update set
      deploying = stored.deploying | excluded.deploying, scaling_up = stored.scaling_up | excluded.scaling_up,
      serving = stored.serving | excluded.serving, scaling_down = stored.scaling_down | excluded.scaling_down,
      idle = stored.idle | excluded.idle
    -- A report that says nothing new writes nothing.
    where excluded.deploying & ~stored.deploying <> 0 or excluded.scaling_up & ~stored.scaling_up <> 0
      or excluded.serving & ~stored.serving <> 0 or excluded.scaling_down & ~stored.scaling_down <> 0
      or excluded.idle & ~stored.idle <> 0
    returning workspace_id, hour
  ), dirtied as (
    insert into dirty_hours (shard, workspace_id, hour)
    select :shard::int2, workspace_id, hour
    from (select workspace_id, hour from later_hours union select workspace_id, hour from folded) as changed
    order by workspace_id, hour
    on conflict do nothing
  )
  select (coalesce((select sum(replicas) from later_hours), 0) + (select count(*) from folded))::int as changed`);

const selectMonths = statement<{ month: string }>(`
  select distinct month::date as month
  from (
    select hour, hours from fold_cursors cross join lateral ${unfoldedBy('fold_cursors', 'hour, hours')} as unfolded
    where shard = :shard
    union all
    select hour, hours
    from set_aside
    cross join lateral ${unfoldedBy('set_aside', 'hour, hours', { condition: 'reports.workspace_id = set_aside.workspace_id' })} as left_out
    where shard = :shard and work = 'fold'
  ) as unfolded cross join lateral generate_series(date_trunc('month', hour at time zone 'UTC'),
    (hour + (hours - 1) * interval '1 hour') at time zone 'UTC', interval '1 month') as month
  where ${isKept("month at time zone 'UTC'")}`);

const ensureMonths = statement(`select ensure_usage_month(month) from unnest(:months::date[]) as month`);

// The last chunk of a pass has no end of its own: with it, everything up to the target is folded.
const moveCursor = statement(`
  update fold_cursors set
    folded = case when :through_transaction::xid8 is null then :target::pg_snapshot else folded end,
    target = case when :through_transaction::xid8 is not null then :target::pg_snapshot end,
    through_transaction = :through_transaction::xid8, through_replica = :through_replica::int8,
    through_hour = :through_hour::timestamptz
  where shard = :shard`);

/**
 * Folds all reports of a shard that are committed, a chunk a transaction; those of workspaces set aside only where it is
 * their time, or where it is `workspace`. `onChunk` is told of each (for heartbeats).
 */
export async function foldShard(
  db: Db,
  shard: number,
  onChunk: (changed: number) => void = () => {},
  workspace?: string,
): Promise<number> {
  await adoptRestored(db);
  let folded = 0;
  const add = (changed: number) => {
    folded += changed;
    onChunk(folded);
  };
  const made = new Set<string>();
  for (;;) {
    try {
      await foldAll(db, { shard, ...(workspace && { workspace }) }, add);
      return folded;
    } catch (error) {
      if (!isMissingPartition(error)) throw error;
      // Usage of a month that there was none of before: back-filled, or the first of a new one. More may come meanwhile.
      const months = (await selectMonths(db, { shard })).map(({ month }) => month).filter((month) => !made.has(month));
      if (months.length === 0) throw error;
      await ensureMonths(db, { months: textArray(months) });
      for (const month of months) made.add(month);
    }
  }
}

async function foldAll(
  db: Db,
  { shard, workspace }: { shard: number; workspace?: string },
  add: (changed: number) => void,
): Promise<void> {
  const due = { shard, work: 'fold', ...(workspace && { workspace }) } as const;
  add(await retrySetAside(db, due, (trx, retried) => foldAlone(trx, shard, retried)));
  for (;;) {
    const { changed, isLast } = await foldOneChunk(db, shard);
    add(changed);
    if (isLast) return;
  }
}

async function foldOneChunk(db: Db, shard: number): Promise<{ changed: number; isLast: boolean }> {
  const { done, isWhole } = await inChunk(db, 'fold', {
    attempt: async (trx, workspaces) => {
      const chunk = await lockedChunk(trx, shard);
      const changed = await foldSome(trx, chunk, workspaces);
      if (workspaces === null) await moveCursor(trx, chunk);
      return { changed, isLast: chunk.through_transaction === null };
    },
    workspacesOf: async (trx) => {
      const rows = await selectWorkspaces(trx, await lockedChunk(trx, shard));
      return rows.map((row) => row.workspace_id);
    },
  });
  const changed = done.reduce((sum, each) => sum + each.changed, 0);
  // What could be folded one by one is; the cursor moves with the next chunk, which finds nothing new.
  return { changed, isLast: isWhole && done.every((each) => each.isLast) };
}

type ChunkBindings = Bounds & {
  readonly shard: number;
  readonly folded: string;
  readonly target: string;
  readonly after_transaction: string;
  readonly after_replica: string;
  readonly after_hour: string;
  readonly through_transaction: string | null;
  readonly through_replica: string | null;
  readonly through_hour: string | null;
};

const withoutEnd = { through_transaction: null, through_replica: null, through_hour: null };

async function lockedChunk(trx: Trx, shard: number): Promise<ChunkBindings> {
  await Promise.all([readByIndex(trx), lockShards(trx, [shard])]);
  const [chunk] = await nextChunk(trx, { shard, hours: hoursAChunk });
  if (chunk === undefined) throw new Error(`metering: there is no shard ${shard}, shards are 0 to ${shardCount - 1}`);
  const { folded, target, after, through, from, until } = chunk;
  return {
    shard,
    folded,
    target,
    after_transaction: after.transaction,
    after_replica: after.replica,
    after_hour: after.hour,
    from,
    until,
    ...(through === null
      ? withoutEnd
      : {
          through_transaction: through.transaction,
          through_replica: through.replica,
          through_hour: through.hour,
        }),
  };
}

async function foldSome(trx: Trx, chunk: ChunkBindings, workspaces: readonly string[] | null): Promise<number> {
  const [result] = await foldChunk(trx, { ...chunk, workspaces: workspaces && textArray(workspaces) });
  return result?.changed ?? 0;
}

const selectPresent = statement<{ target: string }>(`select pg_current_snapshot()::text as target`);

// Where a chunk of one workspace's reports ends, as nextChunk has it for a shard.
const nextChunkAlone = statement<{ through: Place }>(`
  select ${placeAsJson('transaction_id', 'replica_id', 'hour')} as through
  from (
    select transaction_id, replica_id, hour,
      sum(hours) over (order by transaction_id, replica_id, hour rows unbounded preceding) as hours_so_far
    from usage_reports where ${inThisChunk} and workspace_id = :workspace
  ) as pending
  where hours_so_far > :hours order by ${place} limit 1`);

// All that was left out since, which may be days of a large fleet: a chunk a statement, as a statement may not take for ever.
// What the shard has not folded either is folded twice, which changes nothing.
async function foldAlone(
  trx: Trx,
  shard: number,
  { workspace, folded }: { workspace: string; folded: string | null },
): Promise<number> {
  const [present] = await selectPresent(trx);
  if (present === undefined || folded === null)
    throw new Error(`metering: ${workspace} was set aside without a snapshot`);
  let rest: ChunkBindings = { shard, folded, target: present.target, ...fromTheFirst, ...withoutEnd, ...anyHours };
  for (let changed = 0; ; ) {
    const [chunk] = await nextChunkAlone(trx, { ...rest, workspace, hours: hoursAChunk });
    if (chunk === undefined) return changed + (await foldSome(trx, rest, [workspace]));
    const { transaction, replica, hour } = chunk.through;
    const through = { through_transaction: transaction, through_replica: replica, through_hour: hour };
    changed += await foldSome(trx, { ...rest, ...through }, [workspace]);
    rest = { ...rest, after_transaction: transaction, after_replica: replica, after_hour: hour };
  }
}

const anyHours = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
const fromTheFirst = { after_transaction: '0', after_replica: '0', after_hour: '-infinity' };
