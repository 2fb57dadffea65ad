// Metering: reports are folded into minute masks, and what changed is rolled up by the hour and the day. Every roll-up is
// a function of the masks below it, so doing any of this again changes nothing.
import type { Db, Trx } from './knex';
import { adoptRestored } from './restored';
import { lockShards, shardCount } from './shards';
import { statement } from './statement';

/** How many expanded hours one fold takes at the most, beyond its last transaction: about two seconds of work. */
const hoursAChunk = 500_000;
/** How many dirty hours one roll-up takes: of a large fleet each may hold thousands of replicas. */
const dirtyAChunk = 2_000;

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

const foldChunk = statement<{ changed: number }>(`
  with expanded as (
    select workspace_id, hour + n * interval '1 hour' as hour, replica_id, phase, mask
    from usage_reports cross join lateral generate_series(0, hours - 1) as n
    where shard = :shard and is_unfolded(transaction_id, :folded::pg_snapshot)
      and pg_visible_in_snapshot(transaction_id, :target::pg_snapshot)
      and transaction_id > :after::xid8 and (:through::xid8 is null or transaction_id <= :through::xid8)
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

/** Folds all reports of a shard that are committed, a chunk a transaction. `onChunk` is told of each (for heartbeats). */
export async function foldShard(db: Db, shard: number, onChunk: (changed: number) => void = () => {}): Promise<number> {
  await adoptRestored(db);
  let folded = 0;
  for (;;) {
    const { changed, isLast } = await db.transaction((trx) => foldOneChunk(trx, shard));
    folded += changed;
    onChunk(folded);
    if (isLast) return folded;
  }
}

async function foldOneChunk(trx: Trx, shard: number): Promise<{ changed: number; isLast: boolean }> {
  await lockShards(trx, [shard]);
  const [chunk] = await nextChunk(trx, { shard, hours: hoursAChunk });
  if (chunk === undefined) throw new Error(`metering: there is no shard ${shard}, shards are 0 to ${shardCount - 1}`);
  const [result] = await foldChunk(trx, { shard, ...chunk });
  await moveCursor(trx, { shard, target: chunk.target, through: chunk.through });
  return { changed: result?.changed ?? 0, isLast: chunk.through === null };
}

// Billable phases come from the terms in force in the hour; without terms all but idle are billable. Each becomes a mask
// of all or no bits, so that a replica's billable minutes are one OR.
const rollUpHours = statement<{ hours: number }>(`
  with dirty as (
    delete from dirty_hours where (shard, workspace_id, hour) in (
      select shard, workspace_id, hour from dirty_hours where shard = :shard
      order by workspace_id, hour limit :limit)
    returning workspace_id, hour
  ), billable_phases as (
    select dirty.workspace_id, dirty.hour,
      case when found.phases is null or jsonb_exists(found.phases, 'deploying') then -1 else 0 end::int8 as deploying,
      case when found.phases is null or jsonb_exists(found.phases, 'scaling_up') then -1 else 0 end::int8 as scaling_up,
      case when found.phases is null or jsonb_exists(found.phases, 'serving') then -1 else 0 end::int8 as serving,
      case when found.phases is null or jsonb_exists(found.phases, 'scaling_down') then -1 else 0 end::int8 as scaling_down,
      case when jsonb_exists(found.phases, 'idle') then -1 else 0 end::int8 as idle
    from dirty
    left join lateral (
      select terms -> 'billablePhases' as phases from workspace_terms
      where workspace_terms.workspace_id = dirty.workspace_id and valid @> dirty.hour
    ) as found on true
  ), minutes as (
    select used.workspace_id, used.hour, model, version, instance_type,
      bit_or(billable.mask) as active_mask,
      sum(bit_count(billable.mask::bit(64)))::int as replica_minutes,
      sum(bit_count((used.deploying & ~voided)::bit(64)))::int as deploying_minutes,
      sum(bit_count((used.scaling_up & ~voided)::bit(64)))::int as scaling_up_minutes,
      sum(bit_count((used.serving & ~voided)::bit(64)))::int as serving_minutes,
      sum(bit_count((used.scaling_down & ~voided)::bit(64)))::int as scaling_down_minutes,
      sum(bit_count((used.idle & ~voided)::bit(64)))::int as idle_minutes
    from billable_phases as phase
    join replica_hours as used using (workspace_id, hour)
    join replicas using (replica_id, workspace_id)
    cross join lateral (
      -- In Postgres & does not bind closer than |.
      select ((used.deploying & phase.deploying) | (used.scaling_up & phase.scaling_up)
        | (used.serving & phase.serving) | (used.scaling_down & phase.scaling_down)
        | (used.idle & phase.idle)) & ~voided as mask
    ) as billable
    group by used.workspace_id, used.hour, model, version, instance_type
  ), priced as (
    select minutes.*, price.price_nanos, replica_minutes * price.price_nanos as list_nanos
    from minutes left join lateral (
      select price_nanos from prices
      where prices.instance_type = minutes.instance_type and valid @> minutes.hour
        and (prices.workspace_id is null or prices.workspace_id = minutes.workspace_id)
      order by prices.workspace_id nulls last limit 1
    ) as price on true
  ), stored as (
    insert into usage_hours as stored (workspace_id, hour, model, version, instance_type, active_mask, deploying_minutes,
      scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, price_nanos, list_nanos)
    select workspace_id, hour, model, version, instance_type, active_mask, deploying_minutes, scaling_up_minutes,
      serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, price_nanos, list_nanos
    from priced
    order by workspace_id, hour, model, version, instance_type
    on conflict (workspace_id, hour, model, version, instance_type) do update set
      active_mask = excluded.active_mask, deploying_minutes = excluded.deploying_minutes,
      scaling_up_minutes = excluded.scaling_up_minutes, serving_minutes = excluded.serving_minutes,
      scaling_down_minutes = excluded.scaling_down_minutes, idle_minutes = excluded.idle_minutes,
      replica_minutes = excluded.replica_minutes, price_nanos = excluded.price_nanos, list_nanos = excluded.list_nanos
  ), totalled as (
    insert into hour_totals (workspace_id, hour, replica_minutes, list_nanos)
    select workspace_id, hour, sum(replica_minutes)::int8, sum(list_nanos)::int8 from priced
    group by workspace_id, hour order by workspace_id, hour
    on conflict (workspace_id, hour) do update set
      replica_minutes = excluded.replica_minutes, list_nanos = excluded.list_nanos
  ), days as (
    insert into dirty_days (shard, workspace_id, day)
    select distinct :shard::int2, workspace_id, (hour at time zone 'UTC')::date from dirty
    on conflict do nothing
  ), late as (
    update billing_periods as period set has_late_usage = true
    from (select distinct workspace_id, to_char(hour at time zone 'UTC', 'YYYY-MM') as month from dirty) as touched
    where period.workspace_id = touched.workspace_id and period.month = touched.month
      and period.status in ('invoiced', 'closed') and not period.has_late_usage
  )
  select count(*)::int as hours from dirty`);

const takeDays = statement<{ workspaces: string | null; days: string | null }>(`
  with taken as (
    delete from dirty_days where shard = :shard returning workspace_id, day
  ), touched as (
    insert into dirty_credits (shard, workspace_id) select distinct :shard::int2, workspace_id from taken
    on conflict do nothing
  )
  select array_agg(workspace_id order by workspace_id, day)::text as workspaces,
    array_agg(day order by workspace_id, day)::text as days from taken`);

// A day is deleted and written anew, as a changed price is part of its rows' key.
const clearDays = statement(`
  with days as (select * from unnest(:workspaces::text[], :days::date[]) as days (workspace_id, day)),
  used as (delete from usage_days using days where usage_days.workspace_id = days.workspace_id and usage_days.day = days.day)
  delete from active_days using days where active_days.workspace_id = days.workspace_id and active_days.day = days.day`);

const rollUpDays = statement(`
  with used as materialized (
    select days.workspace_id, days.day, usage_hours.hour, model, version, instance_type, active_mask, deploying_minutes,
      scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, price_nanos, list_nanos
    from unnest(:workspaces::text[], :days::date[]) as days (workspace_id, day)
    join usage_hours on usage_hours.workspace_id = days.workspace_id
      and usage_hours.hour >= days.day::timestamp at time zone 'UTC'
      and usage_hours.hour < (days.day + 1)::timestamp at time zone 'UTC'
  ), summed as (
    insert into usage_days (workspace_id, day, model, version, instance_type, price_nanos, deploying_minutes,
      scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, list_nanos)
    select workspace_id, day, model, version, instance_type, price_nanos, sum(deploying_minutes), sum(scaling_up_minutes),
      sum(serving_minutes), sum(scaling_down_minutes), sum(idle_minutes), sum(replica_minutes), sum(list_nanos)::int8
    from used group by workspace_id, day, model, version, instance_type, price_nanos
  )
  insert into active_days (workspace_id, day, model, version, active_minutes)
  select workspace_id, day, model, version, sum(bit_count(mask::bit(64)))
  from (
    select workspace_id, day, model, version, hour, bit_or(active_mask) as mask
    from used group by grouping sets ((workspace_id, day, model, version, hour), (workspace_id, day, model, hour))
  ) as hourly
  group by workspace_id, day, model, version`);

// What the sources have said counts as metered once the reports that came with it are folded and rolled up.
const publishMarks = statement(`
  insert into metered_marks as stored (shard, source_id, metered_through)
  select fold_cursors.shard, source_id, complete_through from sources, fold_cursors
  where fold_cursors.shard = :shard and pg_visible_in_snapshot(marked_by, folded)
  on conflict (shard, source_id) do update set metered_through = excluded.metered_through
  where stored.metered_through < excluded.metered_through`);

/** Recomputes the dirty hours of a shard and the days above them, a chunk a transaction. Answers how many hours. */
export async function rollUpShard(db: Db, shard: number, onChunk: (hours: number) => void = () => {}): Promise<number> {
  let recomputed = 0;
  for (;;) {
    const hours = await db.transaction((trx) => rollUpOneChunk(trx, shard));
    recomputed += hours;
    onChunk(recomputed);
    if (hours < dirtyAChunk) return recomputed;
  }
}

async function rollUpOneChunk(trx: Trx, shard: number): Promise<number> {
  await lockShards(trx, [shard]);
  const [result] = await rollUpHours(trx, { shard, limit: dirtyAChunk });
  const hours = result?.hours ?? 0;
  const [taken] = await takeDays(trx, { shard });
  if (taken?.workspaces && taken.days) {
    await clearDays(trx, { workspaces: taken.workspaces, days: taken.days });
    await rollUpDays(trx, { workspaces: taken.workspaces, days: taken.days });
  }
  if (hours < dirtyAChunk) await publishMarks(trx, { shard });
  return hours;
}

const selectShard = statement<{ shard: number }>(`select shard from workspaces where id = :workspace`);

/** Folds and rolls up the shard of one workspace now, for an invoice that must not wait for the next round. */
export async function meterWorkspace(db: Db, workspace: string, onChunk: () => void = () => {}): Promise<void> {
  const [row] = await selectShard(db, { workspace });
  if (row === undefined) return;
  await foldShard(db, row.shard, onChunk);
  await rollUpShard(db, row.shard, onChunk);
}
