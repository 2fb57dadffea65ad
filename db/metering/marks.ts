// Up to when usage is complete and rolled up, as the sources have said.
import type { Month } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { unfoldedBy } from './unfolded';

/**
 * SQL: publishes the marks that the common table expression `said` lists as (shard, source_id, complete_through), those that say
 * something new.
 */
export const publishListed = (said: string) => `
  insert into metered_marks as stored (shard, source_id, metered_through)
  select shard, source_id, complete_through from ${said} as said left join metered_marks as known using (shard, source_id)
  where known.metered_through is null or known.metered_through < complete_through
  on conflict (shard, source_id) do update set metered_through = excluded.metered_through
  where stored.metered_through < excluded.metered_through`;

// What the sources have said counts as metered once the reports that came with it are folded and rolled up.
const publish = statement(`
  with said as (
    select fold_cursors.shard, source_id, complete_through from sources, fold_cursors
    where fold_cursors.shard = :shard and pg_visible_in_snapshot(marked_by, folded)
  ) ${publishListed('said')}`);

/** Publishes the marks of a shard whose reports are all folded and rolled up. */
export async function publishMarks(trx: Trx, shard: number): Promise<void> {
  await publish(trx, { shard });
}

// A month that was closed after its end is metered through its end, whatever its sources say: its invoice holds what was
// reported by then and stays as it is, and what comes later is late usage, shown as that. A month closed early goes on as
// one that is open does, as its later minutes are still to come.
//
// Of the other months, sources that reported usage in them count; the slowest decides. If none did, the furthest of those
// that ever reported for the workspace. Of a workspace that is set aside, only what lies before the first hour left out.
const selectMetered = statement<{ through: number | null }>(`
  with wanted as (
    select wanted.month, period.ends_at as closed_through
    from unnest(:months::text[]) as wanted (month)
    left join billing_periods as period
      on period.workspace_id = :workspace and period.month = wanted.month and period.closed_at >= period.ends_at
  ), reported as (
    select sources.source_id, marks.metered_through,
      bool_or(source_periods.month in (select month from wanted where closed_through is null)) as in_months
    from source_periods join sources using (source_id)
    join workspaces on workspaces.id = source_periods.workspace_id
    left join metered_marks as marks on marks.shard = workspaces.shard and marks.source_id = sources.source_id
    where source_periods.workspace_id = :workspace
    group by sources.source_id, marks.metered_through
  ), left_out as (
    select unfolded.hour
    from set_aside
    cross join lateral ${unfoldedBy('set_aside', 'hour', { condition: 'reports.workspace_id = set_aside.workspace_id' })} as unfolded
    where set_aside.workspace_id = :workspace and work = 'fold'
    union all
    select dirty_hours.hour from set_aside join dirty_hours using (shard, workspace_id)
    where set_aside.workspace_id = :workspace and work = 'roll_up'
  ), said as (
    select case
      when not exists (select from wanted where closed_through is null) then null
      when exists (select from reported where in_months)
        then (select case when bool_and(metered_through is not null) then min(metered_through) end
          from reported where in_months)
      else (select max(metered_through) from reported)
    end as through
  )
  select greatest((select max(closed_through) from wanted),
    -- Of nothing and an hour the least would be the hour.
    case when through is not null then least(through, (select min(hour) from left_out)) end) as through
  from said`);

/** Answers null where a source that counts has never said up to when its reports are complete. */
export async function readMeteredThrough(
  db: Db,
  { workspace, months }: { workspace: string; months: readonly Month[] },
): Promise<number | null> {
  const [row] = await selectMetered(db, { workspace, months: textArray(months) });
  return row?.through ?? null;
}
