// Up to when usage is complete and rolled up, as the sources have said.
import type { Month } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

// What the sources have said counts as metered once the reports that came with it are folded and rolled up.
const publish = statement(`
  insert into metered_marks as stored (shard, source_id, metered_through)
  select fold_cursors.shard, source_id, complete_through from sources, fold_cursors
  where fold_cursors.shard = :shard and pg_visible_in_snapshot(marked_by, folded)
  on conflict (shard, source_id) do update set metered_through = excluded.metered_through
  where stored.metered_through < excluded.metered_through`);

/** Publishes the marks of a shard whose reports are all folded and rolled up. */
export async function publishMarks(trx: Trx, shard: number): Promise<void> {
  await publish(trx, { shard });
}

// Sources that reported usage in these months count; the slowest decides. If none did, the furthest of those that ever
// reported for the workspace. Of a workspace that is set aside, only what lies before the first hour that was left out.
const selectMetered = statement<{ through: number | null }>(`
  with reported as (
    select sources.source_id, bool_or(source_periods.month = any(:months::text[])) as in_months, marks.metered_through
    from source_periods join sources using (source_id)
    join workspaces on workspaces.id = source_periods.workspace_id
    left join metered_marks as marks on marks.shard = workspaces.shard and marks.source_id = sources.source_id
    where source_periods.workspace_id = :workspace
    group by sources.source_id, marks.metered_through
  ), left_out as (
    select usage_reports.hour from set_aside join usage_reports using (shard, workspace_id)
    where set_aside.workspace_id = :workspace and work = 'fold' and is_unfolded(transaction_id, folded)
    union all
    select dirty_hours.hour from set_aside join dirty_hours using (shard, workspace_id)
    where set_aside.workspace_id = :workspace and work = 'roll_up'
  )
  select least(case
    when exists (select from reported where in_months)
      then (select case when bool_and(metered_through is not null) then min(metered_through) end
        from reported where in_months)
    else (select max(metered_through) from reported)
  end, (select min(hour) from left_out)) as through`);

/** Answers null where a source that counts has never said up to when its reports are complete. */
export async function readMeteredThrough(
  db: Db,
  { workspace, months }: { workspace: string; months: readonly Month[] },
): Promise<number | null> {
  const [row] = await selectMetered(db, { workspace, months: textArray(months) });
  return row?.through ?? null;
}
