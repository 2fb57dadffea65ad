// Minutes inside the guard's episodes: those of replicas that ran on without credits and without a method.
import { monthHours, withinBindings } from '../connection/instants';
import { minutesOf } from '../metering/minutes';

const { from, until } = withinBindings;

/**
 * SQL: the common table expression `episodes` of one workspace (`:workspace`), cut to what lies between the bindings `:from` and
 * `:until` in seconds since the epoch, which are whole hours; an open one has no end of its own.
 */
export function episodesWithin(condition = 'true'): string {
  return `
  episodes as (
    select workspace_id, number as episode, greatest(begins_at, ${from}) as from_at, least(ends_at, ${until}) as until_at
    from guard_episodes
    where workspace_id = :workspace and begins_at < ${until} and (ends_at is null or ends_at > ${from}) and ${condition}
  )`;
}

/**
 * SQL: the common table expression `inside`, with those before it, of the episodes that `episodes` lists as (workspace_id,
 * episode, from_at, until_at): billable minutes by episode, hour and line. Whole hours are read as they were rolled up; masks
 * only in the two hours in which an episode begins and ends, so that one of weeks costs no more of them than one of a minute.
 * All of it between the bindings `:from` and `:until`.
 */
export const insideEpisodes = `
  edges as materialized (
    select distinct episodes.workspace_id, edge.hour
    from episodes cross join lateral (values
      (date_trunc('hour', from_at, 'UTC'), from_at), (date_trunc('hour', until_at, 'UTC'), until_at)) as edge (hour, at)
    where edge.hour <> edge.at
  ), ${minutesOf('edges')}, inside as (
    select workspace_id, episode, hour, model, version, instance_type,
      sum(bit_count((billable & minutes_between(hour, from_at, until_at))::bit(64)))::int as minutes
    from replica_minutes join episodes using (workspace_id)
    where from_at < hour + interval '1 hour' and until_at > hour
    group by workspace_id, episode, hour, model, version, instance_type
    union all
    select workspace_id, episode, hour, model, version, instance_type, replica_minutes
    from episodes join usage_hours using (workspace_id)
    where hour >= from_at and hour <= until_at - interval '1 hour' and ${monthHours}
  )`;
