// A month day by day. A day is a function of its hours, whether it is stored or not: one that is marked, as its hours changed
// since it was, is read from them, any other from its rows. So it makes no difference when a day is rolled up, and the
// running one, which every round changes, need not be before it is over.
import { monthDays, monthHours } from '../connection/instants';

/** SQL: the figures that add up, of hours and of days. */
export const addends = `deploying_minutes, scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes,
    replica_minutes, void_minutes, list_nanos`;

/** SQL: the sums of these, as days have them. */
export const summed = `sum(deploying_minutes)::int8 as deploying_minutes, sum(scaling_up_minutes)::int8 as scaling_up_minutes,
    sum(serving_minutes)::int8 as serving_minutes, sum(scaling_down_minutes)::int8 as scaling_down_minutes,
    sum(idle_minutes)::int8 as idle_minutes, sum(replica_minutes)::int8 as replica_minutes,
    sum(void_minutes)::int8 as void_minutes, sum(list_nanos)::int8 as list_nanos`;

/**
 * SQL: the active minutes of days, out of `hours` (workspace_id, day, hour, model, version, active_mask): those in which any
 * version ran are the minutes of all masks together. A model's own row is the one without a version.
 */
export function activeOf(hours: string): string {
  return `
  select workspace_id, day, model, version, sum(bit_count(mask::bit(64)))::int4 as active_minutes
  from (
    select workspace_id, day, model, version, hour, bit_or(active_mask) as mask
    from ${hours} group by grouping sets ((workspace_id, day, model, version, hour), (workspace_id, day, model, hour))
  ) as hourly
  group by workspace_id, day, model, version`;
}

/**
 * SQL: the hours of days that `days` lists (workspace_id, day), by what holds within `bounds`. By their key, day by day:
 * the planner, who does not know how few there are, else reads all hours within the bounds and pairs them with the days.
 */
export function hoursOf(days: string, bounds: string): string {
  return `
  select days.workspace_id, days.day, used.*
  from ${days} as days cross join lateral (
    select hour, model, version, instance_type, active_mask, price_nanos, ${addends}
    from usage_hours
    where usage_hours.workspace_id = days.workspace_id and ${bounds}
      and hour >= days.day::timestamp at time zone 'UTC' and hour < (days.day + 1)::timestamp at time zone 'UTC' offset 0
  ) as used`;
}

/**
 * SQL: the common table expressions `marked`, the days of a month that are to be read from their hours, and `marked_hours`,
 * those hours. Bound to `:workspace` and to what `monthBounds` says.
 */
export const markedHours = `
  marked as materialized (
    select workspace_id, day from dirty_days
    where shard = (select shard from workspaces where id = :workspace) and workspace_id = :workspace and ${monthDays}
  ), marked_hours as (${hoursOf('marked', monthHours)})`;

const isStored = `workspace_id = :workspace and ${monthDays} and day <> all (array(select day from marked))`;

/** SQL: the usage of a month's days, of those marked a row an hour; after `markedHours`. */
export const usageOfMonth = `
  select day, model, version, instance_type, price_nanos, ${addends} from usage_days where ${isStored}
  union all
  select day, model, version, instance_type, price_nanos, ${addends} from marked_hours`;

/** SQL: the active minutes of a month's days; after `markedHours`. */
export const activeOfMonth = `
  select day, model, version, active_minutes from active_days where ${isStored}
  union all
  select day, model, version, active_minutes from (${activeOf('marked_hours')}) as active_of_marked`;
