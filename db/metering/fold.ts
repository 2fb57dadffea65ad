// Folding: reports become minute masks. An OR, so that folding again changes nothing.
import type { Db, Trx } from '../connection/knex';
import { isMissingPartition } from '../connection/missing-partition';
import { statement } from '../connection/statement';
import { adoptRestored } from './restored';
import { lockShards, shardCount } from './shards';

/** How many expanded hours one fold takes: about two seconds of work. */
const hoursAChunk = 500_000;

/** A place in the order of reports: by transaction, replica and hour. */
type Place = { transaction: string; replica: string; hour: string };

type Chunk = { folded: string; target: string; after: Place; through: Place | null };

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
    select folded, coalesce(target, pg_current_snapshot()) as target,
      coalesce(through_transaction, '0'::xid8) as transaction, coalesce(through_replica, 0) as replica,
      coalesce(through_hour, '-infinity') as hour
    from fold_cursors where shard = :shard
  ), pending as (
    select transaction_id, replica_id, reports.hour,
      sum(hours) over (order by transaction_id, replica_id, reports.hour rows unbounded preceding) as hours_so_far
    from cursor join usage_reports as reports on reports.shard = :shard and is_unfolded(transaction_id, folded)
      and transaction_id >= cursor.transaction and pg_visible_in_snapshot(transaction_id, target)
      and (transaction_id, replica_id, reports.hour) > (cursor.transaction, cursor.replica, cursor.hour)
    order by transaction_id, replica_id, reports.hour
  )
  select folded::text, target::text, ${placeAsJson('transaction', 'replica', 'hour')} as after,
    (select ${placeAsJson('transaction_id', 'replica_id', 'hour')} from pending where hours_so_far > :hours limit 1)
      as through
  from cursor`);

const inChunk = `
  shard = :shard and is_unfolded(transaction_id, :folded::pg_snapshot)
    and pg_visible_in_snapshot(transaction_id, :target::pg_snapshot)
    and transaction_id >= :after_transaction::xid8 and ${place} > ${after}
    and (:through_transaction::xid8 is null or transaction_id <= :through_transaction::xid8
      and ${place} <= (:through_transaction::xid8, :through_replica::int8, :through_hour::timestamptz))`;

const foldChunk = statement<{ changed: number }>(`
  with expanded as (
    select workspace_id, reports.hour + n * interval '1 hour' as hour, replica_id, phase, mask
    -- The same stretch reported again and again in one batch would be expanded as often.
    from (select distinct workspace_id, hour, hours, replica_id, phase, mask from usage_reports where ${inChunk}) as reports
    cross join lateral generate_series(0, hours - 1) as n
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

const selectMonths = statement<{ months: string | null }>(`
  select array_agg(distinct month::date)::text as months
  from usage_reports cross join lateral generate_series(date_trunc('month', hour at time zone 'UTC'),
    (hour + (hours - 1) * interval '1 hour') at time zone 'UTC', interval '1 month') as month
  where ${inChunk}`);

const ensureMonths = statement(`select ensure_replica_hours_month(month) from unnest(:months::date[]) as month`);

// The last chunk of a pass has no end of its own: with it, everything up to the target is folded.
const moveCursor = statement(`
  update fold_cursors set
    folded = case when :through_transaction::xid8 is null then :target::pg_snapshot else folded end,
    target = case when :through_transaction::xid8 is not null then :target::pg_snapshot end,
    through_transaction = :through_transaction::xid8, through_replica = :through_replica::int8,
    through_hour = :through_hour::timestamptz
  where shard = :shard`);

/** Folds all reports of a shard that are committed, a chunk a transaction. `onChunk` is told of each (for heartbeats). */
export async function foldShard(db: Db, shard: number, onChunk: (changed: number) => void = () => {}): Promise<number> {
  await adoptRestored(db);
  let folded = 0;
  for (;;) {
    const { changed, isLast } = await foldOneChunk(db, shard);
    folded += changed;
    onChunk(folded);
    if (isLast) return folded;
  }
}

async function foldOneChunk(db: Db, shard: number): Promise<{ changed: number; isLast: boolean }> {
  let chunk: ChunkBindings | undefined;
  const fold = () =>
    db.transaction(async (trx) => {
      await lockShards(trx, [shard]);
      chunk = await readChunk(trx, shard);
      const [result] = await foldChunk(trx, chunk);
      await moveCursor(trx, chunk);
      return { changed: result?.changed ?? 0, isLast: chunk.through_transaction === null };
    });
  try {
    return await fold();
  } catch (error) {
    if (!isMissingPartition(error) || chunk === undefined) throw error;
  }
  // Usage of a month that there was none of before: back-filled, or the first of a new one.
  const [row] = await selectMonths(db, chunk);
  await ensureMonths(db, { months: row?.months ?? '{}' });
  return fold();
}

type ChunkBindings = Awaited<ReturnType<typeof readChunk>>;

async function readChunk(trx: Trx, shard: number) {
  const [chunk] = await nextChunk(trx, { shard, hours: hoursAChunk });
  if (chunk === undefined) throw new Error(`metering: there is no shard ${shard}, shards are 0 to ${shardCount - 1}`);
  const { folded, target, after, through } = chunk;
  return {
    shard,
    folded,
    target,
    after_transaction: after.transaction,
    after_replica: after.replica,
    after_hour: after.hour,
    through_transaction: through?.transaction ?? null,
    through_replica: through?.replica ?? null,
    through_hour: through?.hour ?? null,
  };
}
