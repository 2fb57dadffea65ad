// Folding: reports become minute masks. An OR, so that folding again changes nothing.
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { adoptRestored } from './restored';
import { inChunk, notSetAside, retrySetAside } from './set-aside';
import { lockShards, shardCount } from './shards';

/** How many expanded hours one fold takes at the most, beyond its last transaction: about two seconds of work. */
const hoursAChunk = 500_000;

type Chunk = { folded: string; target: string; after: string; through: string | null };

// Reports commit out of order and transactions may stay open for long, so what is folded is remembered as a snapshot: a
// pass folds what is visible now and was not when the last pass began. The first chunk of a pass sets its target; the
// others go on through it, a stretch of transactions at a time. A transaction is folded whole.
const nextChunk = statement<Chunk>(`
  with cursor as (
    select folded, coalesce(target, pg_current_snapshot()) as target, coalesce(target_after, '0'::xid8) as after
    from fold_cursors where shard = :shard
  ), pending as (
    select transaction_id, sum(hours) over (order by transaction_id rows unbounded preceding) as hours_so_far
    from cursor join usage_reports on usage_reports.shard = :shard and is_unfolded(transaction_id, folded)
      and transaction_id > after and pg_visible_in_snapshot(transaction_id, target)
    order by transaction_id
  )
  select folded::text, target::text, after::text,
    (select transaction_id from pending where hours_so_far > :hours limit 1)::text as through
  from cursor`);

const inThisChunk = `
    shard = :shard and is_unfolded(transaction_id, :folded::pg_snapshot)
      and pg_visible_in_snapshot(transaction_id, :target::pg_snapshot)
      and transaction_id > :after::xid8 and (:through::xid8 is null or transaction_id <= :through::xid8)
      and ${notSetAside('usage_reports', 'fold')}`;

const selectWorkspaces = statement<{ workspace_id: string }>(`
  select distinct workspace_id from usage_reports where ${inThisChunk} order by workspace_id`);

const foldChunk = statement<{ changed: number }>(`
  with expanded as (
    select workspace_id, hour + n * interval '1 hour' as hour, replica_id, phase, mask
    from usage_reports cross join lateral generate_series(0, hours - 1) as n
    where ${inThisChunk} and (:workspaces::text[] is null or workspace_id = any(:workspaces::text[]))
  ), folded as (
    insert into replica_hours as stored
      (workspace_id, hour, replica_id, deploying, scaling_up, serving, scaling_down, idle)
    select workspace_id, hour, replica_id,
      coalesce(bit_or(mask) filter (where phase = 0), 0), coalesce(bit_or(mask) filter (where phase = 1), 0),
      coalesce(bit_or(mask) filter (where phase = 2), 0), coalesce(bit_or(mask) filter (where phase = 3), 0),
      coalesce(bit_or(mask) filter (where phase = 4), 0)
    from expanded
    group by workspace_id, hour, replica_id
    order by workspace_id, hour, replica_id
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
    select :shard::int2, workspace_id, hour from (select distinct workspace_id, hour from folded) as changed
    order by workspace_id, hour
    on conflict do nothing
  )
  select count(*)::int as changed from folded`);

// The last chunk of a pass has no end of its own: with it, everything up to the target is folded.
const moveCursor = statement(`
  update fold_cursors set
    folded = case when :through::xid8 is null then :target::pg_snapshot else folded end,
    target = case when :through::xid8 is not null then :target::pg_snapshot end,
    target_after = :through::xid8
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
  let folded = await retrySetAside(db, { shard, work: 'fold', ...(workspace && { workspace }) }, (trx, retried) =>
    foldAlone(trx, shard, retried),
  );
  for (;;) {
    const { changed, isLast } = await foldOneChunk(db, shard);
    folded += changed;
    onChunk(folded);
    if (isLast) return folded;
  }
}

async function foldOneChunk(db: Db, shard: number): Promise<{ changed: number; isLast: boolean }> {
  const { done, isWhole } = await inChunk(db, 'fold', {
    attempt: async (trx, workspaces) => {
      const chunk = await lockedChunk(trx, shard);
      const changed = await foldSome(trx, shard, chunk, workspaces);
      if (workspaces === null) await moveCursor(trx, { shard, target: chunk.target, through: chunk.through });
      return { changed, isLast: chunk.through === null };
    },
    workspacesOf: async (trx) => {
      const rows = await selectWorkspaces(trx, { shard, ...(await lockedChunk(trx, shard)) });
      return rows.map((row) => row.workspace_id);
    },
  });
  const changed = done.reduce((sum, each) => sum + each.changed, 0);
  // What could be folded one by one is; the cursor moves with the next chunk, which finds nothing new.
  return { changed, isLast: isWhole && done.every((each) => each.isLast) };
}

async function lockedChunk(trx: Trx, shard: number): Promise<Chunk> {
  await lockShards(trx, [shard]);
  const [chunk] = await nextChunk(trx, { shard, hours: hoursAChunk });
  if (chunk === undefined) throw new Error(`metering: there is no shard ${shard}, shards are 0 to ${shardCount - 1}`);
  return chunk;
}

async function foldSome(trx: Trx, shard: number, chunk: Chunk, workspaces: readonly string[] | null): Promise<number> {
  const [result] = await foldChunk(trx, { shard, ...chunk, workspaces: workspaces && textArray(workspaces) });
  return result?.changed ?? 0;
}

const selectPresent = statement<{ target: string }>(`select pg_current_snapshot()::text as target`);

// All that was left out since. What the shard has not folded either is folded twice, which changes nothing.
async function foldAlone(
  trx: Trx,
  shard: number,
  { workspace, folded }: { workspace: string; folded: string | null },
): Promise<number> {
  const [present] = await selectPresent(trx);
  if (present === undefined || folded === null)
    throw new Error(`metering: ${workspace} was set aside without a snapshot`);
  return foldSome(trx, shard, { folded, target: present.target, after: '0', through: null }, [workspace]);
}
