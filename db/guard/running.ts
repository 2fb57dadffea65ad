// What runs: by the last report of each replica, and by how far its source has come.
import type { Running } from '../../domain/guard/foresight';
import { nanos } from '../../domain/money';
import { formatInstant, hourMs, hourOf, hourStartMs, minuteMs } from '../../domain/period';
import { hourSeconds, withinBindings } from '../connection/instants';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { minutesOf } from '../metering/minutes';

// A replica whose last minute ends so long before its source's mark has ended; and by a source that has said nothing for so
// long nothing is foreseen: reports alone decide.
const endedSeconds = 120;
const markAgeMsMax = 10 * minuteMs;
// Reports may be a little ahead of us.
const aheadMs = 5 * minuteMs;

/** What `:from_hour` and so on are bound to. */
export function runningBindings(nowMs: number) {
  const hour = hourStartMs(hourOf(nowMs));
  return {
    from_hour: formatInstant(hourStartMs(hourOf(nowMs - markAgeMsMax - endedSeconds * 1000))),
    to_hour: formatInstant(hourStartMs(hourOf(nowMs + aheadMs))),
    this_hour: formatInstant(hour),
    next_hour: formatInstant(hour + hourMs),
    marked_since: formatInstant(nowMs - markAgeMsMax),
  };
}

/** SQL: the billable phases of a workspace by the terms of this hour. One look-up, whatever the planner expects. */
export const termsNow = (workspace: string) => `(
    select terms from terms_at(${workspace}, :this_hour::timestamptz) offset 0)`;

/**
 * SQL: the common table expression `running`, with those before it, of the workspaces that the one named `asked` lists with their
 * billable `phases`: a row for what runs of one model and instance type and is reported up to the same minute, with the first
 * minute (since the epoch) that is not reported and the price of all of it in this hour and the next.
 *
 * Of the two hours that may hold it the last reported minute counts, and the phases that it was reported in. What is looked up is
 * so by its key, once a replica and once a group: the planner, who expects a row or two, would else go through tables that grow
 * with all workspaces. In most hours no price begins or ends with the next one: then nobody's changes.
 */
export function runningOf(asked: string): string {
  return `last_reported as (
    select distinct on (workspace_id, replica_id) workspace_id, replica_id, hour, deploying, scaling_up, serving, scaling_down,
      idle, phases, 64 - position(B'1' in (deploying | scaling_up | serving | scaling_down | idle)::bit(64)) as last_minute
    from ${asked} join replica_hours as used using (workspace_id)
    where hour >= :from_hour::timestamptz and hour <= :to_hour::timestamptz
      and (deploying | scaling_up | serving | scaling_down | idle) <> 0
    order by workspace_id, replica_id, hour desc
  ), grouped as (
    select reported.workspace_id, model, instance_type, (extract(epoch from hour) / 60)::int8 + last_minute + 1 as from_minute,
      count(*) as replicas
    from last_reported as reported cross join lateral (
      select model, instance_type, (
        select complete_through from sources where sources.source_id = replicas.source_id) as complete_through
      from replicas
      where replicas.replica_id = reported.replica_id and replicas.workspace_id = reported.workspace_id offset 0
    ) as known
    where complete_through >= :marked_since::timestamptz
      and hour + (last_minute + 1) * interval '1 minute' >= complete_through - interval '${endedSeconds} seconds'
      and (
        (case when phases is null or jsonb_exists(phases, 'deploying') then deploying else 0 end)
        | (case when phases is null or jsonb_exists(phases, 'scaling_up') then scaling_up else 0 end)
        | (case when phases is null or jsonb_exists(phases, 'serving') then serving else 0 end)
        | (case when phases is null or jsonb_exists(phases, 'scaling_down') then scaling_down else 0 end)
        | (case when jsonb_exists(phases, 'idle') then idle else 0 end)
      ) >> last_minute & 1 = 1
    group by 1, 2, 3, 4
  ), turning as materialized (
    select exists (select from prices where lower(valid) > :this_hour::timestamptz and lower(valid) <= :next_hour::timestamptz)
      or exists (select from prices where not upper_inf(valid) and upper(valid) > :this_hour::timestamptz
        and upper(valid) <= :next_hour::timestamptz)
      as is_any
  ), running as (
    select workspace_id, model, from_minute, replicas * coalesce(price.price_nanos, 0) as price_nanos,
      replicas * coalesce(case when (select is_any from turning)
        then (select next.price_nanos from price_at(instance_type, workspace_id, :next_hour::timestamptz) as next)
        else price.price_nanos end, 0) as next_price_nanos
    from grouped left join lateral price_at(instance_type, workspace_id, :this_hour::timestamptz) as price on true
  )`;
}

type RunningRow = {
  model: string;
  from_minute: bigint;
  price_nanos: bigint;
  next_price_nanos: bigint;
};

// One that was stopped, and confirmed, does not run whatever its last report says; one that was started again runs since then.
const selectRunning = statement<RunningRow>(`
  with asked as materialized (
    select :workspace::text as workspace_id, ${termsNow(':workspace::text')} -> 'billablePhases' as phases
  ), ${runningOf('asked')}, since as (
    select running.*, greatest(from_minute, floor(extract(epoch from
      case when wish = 'run' and outcome = 'done' then confirmed_at end) / 60)::int8) as since_minute
    from running left join model_wishes using (workspace_id, model)
    where wish is null or wish = 'run' or confirmed_at is null
  )
  select model, since_minute as from_minute, sum(price_nanos)::int8 as price_nanos,
    sum(next_price_nanos)::int8 as next_price_nanos
  from since group by model, since_minute order by model, since_minute`);

export type RunningModel = Running & { readonly model: string };

/** What runs of one workspace, its replicas of one model and last report together. */
export async function readRunning(
  db: Db,
  { workspace, nowMs }: { readonly workspace: string; readonly nowMs: number },
): Promise<readonly RunningModel[]> {
  const rows = await selectRunning(db, { workspace, ...runningBindings(nowMs) });
  const hour = hourOf(nowMs);
  return rows.map((row) => ({
    model: row.model,
    fromMinute: Number(row.from_minute),
    prices: [
      { fromHour: hour, listNanos: nanos(row.price_nanos) },
      { fromHour: hour + 1, listNanos: nanos(row.next_price_nanos) },
    ],
  }));
}

const selectMinutes = statement<{ minute: number; list_nanos: bigint }>(`
  with asked as (select :workspace::text as workspace_id, ${withinBindings.from} as hour), ${minutesOf('asked')},
  priced as (
    select billable, sum(price_nanos)::int8 as list_nanos
    from replica_minutes cross join lateral price_at(instance_type, workspace_id, hour) as price
    where billable <> 0 group by billable
  )
  select minute, sum(list_nanos)::int8 as list_nanos
  from priced cross join generate_series(0, 59) as minute
  where billable >> minute & 1 = 1 group by minute`);

/** The list amounts of an hour's sixty minutes, as they are reported. */
export async function readMinuteAmounts(db: Db, { workspace, hour }: { workspace: string; hour: number }) {
  const rows = await selectMinutes(db, { workspace, from: hourSeconds(hour), until: hourSeconds(hour + 1) });
  const amounts = new Map(rows.map((row) => [row.minute, nanos(row.list_nanos)]));
  return Array.from({ length: 60 }, (_, minute) => amounts.get(minute) ?? nanos(0n));
}
