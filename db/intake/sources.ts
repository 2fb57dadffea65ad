// Sources of usage and their marks: up to when a source says that it has reported everything.
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { wakePeriods } from '../outbox';

const insertSource = statement<{ source_id: number }>(`
  with added as (insert into sources (source) values (:source) on conflict (source) do nothing returning source_id)
  select source_id from added union all select source_id from sources where source = :source limit 1`);

/** The small key of a source, made at its first mention. */
export async function sourceId(db: Db, source: string): Promise<number> {
  const [row] = await insertSource(db, { source });
  // Nothing came back only if another session added it between our insert and our select: it is there now.
  return row?.source_id ?? sourceId(db, source);
}

const moveMark = statement<{ before: number | null }>(`
  update sources set complete_through = :mark::timestamptz, marked_by = pg_current_xact_id()
  where source_id = :source_id and (complete_through is null or complete_through < :mark::timestamptz)
  returning old.complete_through as before`);

const wakePassed = statement(`${wakePeriods}
  where period.status = 'waiting' and period.ends_at <= :mark::timestamptz
    and exists (
      select from source_periods as reported
      where reported.workspace_id = period.workspace_id and reported.source_id = :source_id)`);

/**
 * Moves a source's mark forward (never back) and wakes the periods that wait and that the mark has now passed. The last
 * statement of an intake transaction: it locks the source's row.
 */
export async function advanceMark(trx: Trx, { sourceId, mark }: { sourceId: number; mark: string }): Promise<void> {
  const moved = await moveMark(trx, { source_id: sourceId, mark });
  if (moved.length > 0) await wakePassed(trx, { source_id: sourceId, mark });
}

const selectNew = statement<{ workspace_id: string; month: string }>(`
  select workspace_id, month from unnest(:workspaces::text[], :months::text[]) as reported (workspace_id, month)
  where not exists (
    select from source_periods as known
    where known.workspace_id = reported.workspace_id and known.month = reported.month and known.source_id = :source_id)
  order by workspace_id, month`);

const lockWorkspaces = statement(`
  select id from workspaces where id = any(:workspaces::text[]) order by id for share`);

const insertReported = statement(`
  insert into source_periods (workspace_id, month, source_id)
  select workspace, month, :source_id from unnest(:workspaces::text[], :months::text[]) as reported (workspace, month)
  order by workspace, month
  on conflict do nothing`);

const wakeReported = statement(`${wakePeriods} join sources on sources.source_id = :source_id
  where period.status = 'waiting' and period.ends_at <= sources.complete_through
    and period.workspace_id = any(:workspaces::text[])`);

/**
 * Notes that a source reported usage of these workspaces in these months (two arrays of equal length). Mostly that is
 * known. Where it is new, a period that waits may now be complete through a source that is ahead already: it is woken. The
 * workspaces' rows are locked first, so that a period which is just going to wait either sees this source or is seen.
 */
export async function noteReported(
  trx: Trx,
  reported: { sourceId: number; workspaces: string; months: string },
): Promise<void> {
  const source = { source_id: reported.sourceId };
  const added = await selectNew(trx, { ...source, workspaces: reported.workspaces, months: reported.months });
  if (added.length === 0) return;
  const workspaces = textArray(added.map((row) => row.workspace_id));
  await lockWorkspaces(trx, { workspaces });
  await insertReported(trx, { ...source, workspaces, months: textArray(added.map((row) => row.month)) });
  await wakeReported(trx, { ...source, workspaces });
}
