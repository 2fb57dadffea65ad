// The minutes of replicas as they count: billable by the terms of their hour, void by corrections and voided invoices.

import { isWithin } from '../connection/instants';

/**
 * SQL: the common table expression `replica_minutes`, with those before it, of the hours that the one named `hours` lists as
 * (workspace_id, hour): a row a replica's hour with its masks. `billable` is without what is void, the phases are not. All of
 * the hours must lie between the bindings `:from` and `:until` (seconds since the epoch): without them each month's masks would
 * be opened, which made a tick of a small fleet a quarter dearer with a year of empty months behind it.
 *
 * Billable phases come from the terms in force in the hour; without terms all but idle are billable. Each becomes a mask of
 * all or no bits, so that a replica's billable minutes are one OR. What standing corrections void is looked for only in hours
 * that one of them reaches into: one look-up an hour of a workspace, and nothing a replica, where there is none. There it is
 * one look-up a replica: joined as a table, of which the planner expects one row, it was compared with every replica.
 */
export function minutesOf(hours: string): string {
  return `billable_phases as materialized (
    select listed.workspace_id, listed.hour,
      case when found.phases is null or jsonb_exists(found.phases, 'deploying') then -1 else 0 end::int8 as deploying,
      case when found.phases is null or jsonb_exists(found.phases, 'scaling_up') then -1 else 0 end::int8 as scaling_up,
      case when found.phases is null or jsonb_exists(found.phases, 'serving') then -1 else 0 end::int8 as serving,
      case when found.phases is null or jsonb_exists(found.phases, 'scaling_down') then -1 else 0 end::int8 as scaling_down,
      case when jsonb_exists(found.phases, 'idle') then -1 else 0 end::int8 as idle,
      exists (select from correction_ranges as ranges
        where ranges.workspace_id = listed.workspace_id and ranges.until_at > listed.hour
          and ranges.from_at < listed.hour + interval '1 hour') as is_corrected
    from ${hours} as listed
    left join lateral (
      select terms -> 'billablePhases' as phases from terms_at(listed.workspace_id, listed.hour)
    ) as found on true
  ), replica_minutes as (
    select workspace_id, hour, replica_id, model, version, instance_type, deploying, scaling_up, serving, scaling_down, idle,
      void, used & ~void as billable
    from (
      select used.workspace_id, used.hour, used.replica_id, model, version, instance_type, used.deploying, used.scaling_up,
        used.serving, used.scaling_down, used.idle,
        -- In Postgres & does not bind closer than |.
        (used.deploying & phase.deploying) | (used.scaling_up & phase.scaling_up) | (used.serving & phase.serving)
          | (used.scaling_down & phase.scaling_down) | (used.idle & phase.idle) as used,
        used.voided | case when phase.is_corrected then coalesce((
          select bit_or(minutes_between(used.hour, ranges.from_at, ranges.until_at))
          from correction_ranges as ranges
          where ranges.workspace_id = used.workspace_id and ranges.until_at > used.hour
            and ranges.from_at < used.hour + interval '1 hour' and ranges.model = replicas.model
            and (ranges.version is null or ranges.version = replicas.version)
            and (ranges.instance_type is null or ranges.instance_type = replicas.instance_type)
            and (ranges.replica is null or ranges.replica = replicas.replica)
        ), 0) else 0 end as void
      from billable_phases as phase
      join replica_hours as used on used.workspace_id = phase.workspace_id and used.hour = phase.hour
        and ${isWithin('used.hour')}
      -- By its key, after the hours: the planner, who expects few hours, else pairs every replica with every hour first.
      cross join lateral (
        select model, version, instance_type, replica from replicas
        where replicas.replica_id = used.replica_id and replicas.workspace_id = used.workspace_id offset 0
      ) as replicas
      -- What is void is found out once, though it is read several times.
      offset 0
    ) as masks
  )`;
}
