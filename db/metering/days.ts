// Hours to days: what dashboards and invoice lines read. A day is a function of its hours, written anew when one changed.
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';

type Taken = { workspaces: string | null; days: string | null; first: string | null; last: string | null };

const takeDays = statement<Taken>(`
  with taken as (
    delete from dirty_days where shard = :shard returning workspace_id, day
  ), touched as (
    insert into dirty_credits (shard, workspace_id) select distinct :shard::int2, workspace_id from taken
    on conflict do nothing
  )
  select array_agg(workspace_id order by workspace_id, day)::text as workspaces,
    array_agg(day order by workspace_id, day)::text as days, min(day)::text as first, max(day)::text as last from taken`);

// A day is deleted and written anew, as a changed price is part of its rows' key. The first and the last day are said apart, so
// that no other months are opened.
const clearDays = statement(`
  with days as (select * from unnest(:workspaces::text[], :days::date[]) as days (workspace_id, day)),
  used as (
    delete from usage_days using days where usage_days.workspace_id = days.workspace_id and usage_days.day = days.day
      and usage_days.day between :first::date and :last::date
  )
  delete from active_days using days where active_days.workspace_id = days.workspace_id and active_days.day = days.day
    and active_days.day between :first::date and :last::date`);

const rollUpDays = statement(`
  with used as materialized (
    select days.workspace_id, days.day, usage_hours.hour, model, version, instance_type, active_mask, deploying_minutes,
      scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, void_minutes, price_nanos,
      list_nanos
    from unnest(:workspaces::text[], :days::date[]) as days (workspace_id, day)
    join usage_hours on usage_hours.workspace_id = days.workspace_id
      and usage_hours.hour >= days.day::timestamp at time zone 'UTC'
      and usage_hours.hour < (days.day + 1)::timestamp at time zone 'UTC'
      and usage_hours.hour >= :first::date::timestamp at time zone 'UTC'
      and usage_hours.hour < (:last::date + 1)::timestamp at time zone 'UTC'
  ), summed as (
    insert into usage_days (workspace_id, day, model, version, instance_type, price_nanos, deploying_minutes,
      scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, void_minutes, list_nanos)
    select workspace_id, day, model, version, instance_type, price_nanos, sum(deploying_minutes), sum(scaling_up_minutes),
      sum(serving_minutes), sum(scaling_down_minutes), sum(idle_minutes), sum(replica_minutes), sum(void_minutes),
      sum(list_nanos)::int8
    from used group by workspace_id, day, model, version, instance_type, price_nanos
  )
  insert into active_days (workspace_id, day, model, version, active_minutes)
  select workspace_id, day, model, version, sum(bit_count(mask::bit(64)))
  from (
    select workspace_id, day, model, version, hour, bit_or(active_mask) as mask
    from used group by grouping sets ((workspace_id, day, model, version, hour), (workspace_id, day, model, hour))
  ) as hourly
  group by workspace_id, day, model, version`);

/** Recomputes the days whose hours of a shard were rolled up. */
export async function rollUpDirtyDays(trx: Trx, shard: number): Promise<void> {
  const [taken] = await takeDays(trx, { shard });
  if (!taken?.workspaces || !taken.days) return;
  await clearDays(trx, taken);
  await rollUpDays(trx, taken);
}
