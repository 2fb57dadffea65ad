// Masks to hours. Metering is a cascade, each step a function of what lies below it, so that doing any of it again changes
// nothing:
//
//   usage_reports ──fold──▶ replica_hours ──▶ usage_hours, hour_totals ──▶ guards
//                              │ dirty_hours     │ dirty_credits, usage_totals
//                                                │ dirty_days ──once over──▶ usage_days, active_days
//
// What a step changed it marks dirty for the next, which claims the marks by deleting them in its own transaction. A marked
// day is read from its hours until then.
import type { Db, Trx } from '../connection/knex';
import { keepPlans, plannedForMany } from '../connection/plans';
import { statement, textArray } from '../connection/statement';
import { tookTooLong } from '../connection/unreachable';
import { lockShards } from '../locks';
import { rollUpDaysAlone } from './days';
import { expandRanges } from './dirty-ranges';
import { foldShard } from './fold';
import { publishMarks } from './marks';
import { minutesOf } from './minutes';
import { inChunk, notSetAside, retrySetAside } from './set-aside';

/** How many dirty hours one roll-up takes: of a large fleet each may hold thousands of replicas. */
const dirtyAChunk = 2_000;
// Of more a plan of their own is worth its making.
const fewHours = 100;

// Without those set aside, whom somebody tries by themselves.
const firstDirty = `
  select workspace_id, hour from dirty_hours
  where shard = :shard and (:workspaces::text[] is null or workspace_id = any(:workspaces::text[]))
    and ${notSetAside('dirty_hours', 'roll_up')}
  order by workspace_id, hour limit :limit`;

const selectWorkspaces = statement<{ workspace_id: string }>(`
  select distinct workspace_id from (${firstDirty}) as dirty order by workspace_id`);

type Dirty = {
  count: number;
  dirty_workspaces: string | null;
  dirty_hours: string | null;
  from: number | null;
  until: number | null;
};

// Asked beforehand, so that the roll-up opens these months alone, and the planner knows how many hours they are.
const selectDirty = statement<Dirty>(`
  select count(*)::int as count, array_agg(workspace_id order by workspace_id, hour)::text as dirty_workspaces,
    array_agg(hour order by workspace_id, hour)::text as dirty_hours,
    extract(epoch from min(hour))::float8 as from, (extract(epoch from max(hour)) + 3600)::float8 as until
  from (${firstDirty}) as dirty`);

const rollUpHours = statement(`
  with dirty as (
    select workspace_id, hour
    from unnest(:dirty_workspaces::text[], :dirty_hours::timestamptz[]) as dirty (workspace_id, hour)
  ), claimed as (
    delete from dirty_hours where (shard, workspace_id, hour) in (select :shard::int2, workspace_id, hour from dirty)
  ), ${minutesOf('dirty')}, minutes as (
    select workspace_id, hour, model, version, instance_type,
      bit_or(billable) as active_mask,
      sum(bit_count(billable::bit(64)))::int as replica_minutes,
      sum(bit_count((deploying & ~void)::bit(64)))::int as deploying_minutes,
      sum(bit_count((scaling_up & ~void)::bit(64)))::int as scaling_up_minutes,
      sum(bit_count((serving & ~void)::bit(64)))::int as serving_minutes,
      sum(bit_count((scaling_down & ~void)::bit(64)))::int as scaling_down_minutes,
      sum(bit_count((idle & ~void)::bit(64)))::int as idle_minutes,
      sum(case when void = 0 then 0 else bit_count(
        ((deploying | scaling_up | serving | scaling_down | idle) & void)::bit(64)) end)::int as void_minutes
    from replica_minutes
    group by workspace_id, hour, model, version, instance_type
  ), priced as (
    select minutes.*, price.price_nanos, replica_minutes * price.price_nanos as list_nanos
    from minutes left join lateral price_at(minutes.instance_type, minutes.workspace_id, minutes.hour) as price on true
  ), stored as (
    insert into usage_hours as stored (workspace_id, hour, model, version, instance_type, active_mask, deploying_minutes,
      scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, void_minutes, price_nanos,
      list_nanos)
    select workspace_id, hour, model, version, instance_type, active_mask, deploying_minutes, scaling_up_minutes,
      serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, void_minutes, price_nanos, list_nanos
    from priced
    order by workspace_id, hour, model, version, instance_type
    on conflict (workspace_id, hour, model, version, instance_type) do update set
      active_mask = excluded.active_mask, deploying_minutes = excluded.deploying_minutes,
      scaling_up_minutes = excluded.scaling_up_minutes, serving_minutes = excluded.serving_minutes,
      scaling_down_minutes = excluded.scaling_down_minutes, idle_minutes = excluded.idle_minutes,
      replica_minutes = excluded.replica_minutes, void_minutes = excluded.void_minutes,
      price_nanos = excluded.price_nanos, list_nanos = excluded.list_nanos
  ), totalled as (
    insert into hour_totals (workspace_id, hour, replica_minutes, list_nanos)
    select workspace_id, hour, sum(replica_minutes)::int8, sum(list_nanos)::int8 from priced
    group by workspace_id, hour order by workspace_id, hour
    on conflict (workspace_id, hour) do update set
      replica_minutes = excluded.replica_minutes, list_nanos = excluded.list_nanos
    returning workspace_id, new.list_nanos - coalesce(old.list_nanos, 0) as moved_nanos
  ), moved as (
    insert into usage_totals as stored (workspace_id, list_nanos)
    select workspace_id, sum(moved_nanos) from totalled group by workspace_id having sum(moved_nanos) <> 0
    order by workspace_id
    on conflict (workspace_id) do update set list_nanos = stored.list_nanos + excluded.list_nanos
  ), days as (
    insert into dirty_days (shard, workspace_id, day)
    select distinct :shard::int2, workspace_id, (hour at time zone 'UTC')::date from dirty
    on conflict do nothing
  ), credits as (
    insert into dirty_credits (shard, workspace_id) select distinct :shard::int2, workspace_id from dirty
    on conflict do nothing
  ), late as (
    update billing_periods as period set has_late_usage = true
    from (select distinct workspace_id, to_char(hour at time zone 'UTC', 'YYYY-MM') as month from dirty) as touched
    where period.workspace_id = touched.workspace_id and period.month = touched.month
      and period.is_closed and not period.has_late_usage
  )
  select from dirty where false`);

/**
 * Recomputes the dirty hours of a shard, a chunk a transaction; those of workspaces set aside, with their days, only where it
 * is their time, or where it is `workspace`. Answers how many hours.
 */
export async function rollUpShard(
  db: Db,
  shard: number,
  onChunk: (hours: number) => void = () => {},
  workspace?: string,
): Promise<number> {
  await expandRanges(db, shard, () => onChunk(0));
  let recomputed = await retrySetAside(
    db,
    { shard, work: 'roll_up', ...(workspace && { workspace }) },
    async (trx, retried) => {
      const hours = await rollUpAlone(trx, shard, retried.workspace);
      await rollUpDaysAlone(trx, shard, retried.workspace);
      return hours;
    },
  );
  for (let limit = dirtyAChunk; ; ) {
    try {
      const { hours, isLast } = await rollUpOneChunk(db, shard, limit);
      recomputed += hours;
      onChunk(recomputed);
      if (isLast) return recomputed;
    } catch (error) {
      // An hour of a large fleet may hold as much as a thousand of others: fewer at a time, down to one.
      if (!tookTooLong(error) || limit === 1) throw error;
      limit = Math.ceil(limit / 16);
    }
  }
}

async function rollUpOneChunk(db: Db, shard: number, limit: number): Promise<{ hours: number; isLast: boolean }> {
  const { done, isWhole } = await inChunk(db, 'roll_up', {
    attempt: async (trx, workspaces) => {
      const hours = await rollUpSome(trx, { shard, workspaces, limit });
      if (workspaces === null && hours < limit) await publishMarks(trx, shard);
      return hours;
    },
    workspacesOf: async (trx) => {
      await lockShards(trx, [shard]);
      const rows = await selectWorkspaces(trx, { shard, workspaces: null, limit });
      return rows.map((row) => row.workspace_id);
    },
  });
  const hours = done.reduce((sum, each) => sum + each, 0);
  return { hours, isLast: isWhole && hours < limit };
}

async function rollUpSome(
  trx: Trx,
  { shard, workspaces, limit }: { shard: number; workspaces: readonly string[] | null; limit: number },
): Promise<number> {
  await lockShards(trx, [shard]);
  const [dirty] = await selectDirty(trx, { shard, limit, workspaces: workspaces && textArray(workspaces) });
  if (dirty === undefined || dirty.count === 0) return 0;
  const { count, ...hours } = dirty;
  const bindings = { ...hours, shard };
  if (count > fewHours) {
    await plannedForMany(trx, rollUpHours, bindings);
  } else {
    // Of one workspace it is somebody else's transaction, too, whose statements these plans may not be for.
    if (workspaces === null) await keepPlans(trx);
    await rollUpHours(trx, bindings);
  }
  return count;
}

// So much of a large fleet, too, that a statement can do it: nobody finds out here how much that is.
const dirtyAChunkAlone = Math.ceil(dirtyAChunk / 16);

/** All hours of one workspace, in the caller's transaction: it is not set aside, or is being tried again. */
export async function rollUpAlone(trx: Trx, shard: number, workspace: string): Promise<number> {
  let recomputed = 0;
  for (;;) {
    const hours = await rollUpSome(trx, { shard, workspaces: [workspace], limit: dirtyAChunkAlone });
    recomputed += hours;
    if (hours < dirtyAChunkAlone) return recomputed;
  }
}

const selectShard = statement<{ shard: number }>(`select shard from workspaces where id = :workspace`);

/** Folds and rolls up the shard of one workspace now, for an invoice that must not wait for the next round. */
export async function meterWorkspace(db: Db, workspace: string, onChunk: () => void = () => {}): Promise<void> {
  const [row] = await selectShard(db, { workspace });
  if (row === undefined) return;
  await foldShard(db, row.shard, onChunk, workspace);
  await rollUpShard(db, row.shard, onChunk, workspace);
}
