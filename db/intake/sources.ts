// Sources of usage and their marks: up to when a source says that it has reported everything.
import { formatInstant, monthOf } from '../../domain/period';
import { complete } from '../billing/completeness';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { lockPassing, lockSource, shareWorkspaceRows } from '../locks';
import { wakePeriods } from '../outbox';

// Looked up first: an insert that ends in a conflict has drawn a number all the same, and at a hundred batches a second
// these would run dry within a year.
const resolveSource = statement<{ source_id: number }>(`
  with known as (
    select source_id from sources where source = :source
  ), added as (
    insert into sources (source) select :source where not exists (select from known)
    on conflict (source) do nothing returning source_id
  )
  select source_id from known union all select source_id from added`);

/** The small key of a source, made at its first mention. */
export async function sourceId(db: Db, source: string): Promise<number> {
  const [row] = await resolveSource(db, { source });
  // Nothing came back only if another session is adding it this moment: it is there now.
  return row?.source_id ?? sourceId(db, source);
}

const moveMark = statement<{ before: number | null }>(`
  update sources set complete_through = :mark::timestamptz, marked_by = pg_current_xact_id()
  where source_id = :source_id and (complete_through is null or complete_through < :mark::timestamptz)
  returning old.complete_through as before`);

const wakePassed = statement(`${wakePeriods}
  where period.status = 'waiting' and period.ends_at <= :mark::timestamptz
    and period.ends_at > coalesce(:before::timestamptz, '-infinity')
    and exists (
      select from source_periods as reported
      where reported.workspace_id = period.workspace_id and reported.source_id = :source_id)
    and ${complete}`);

/**
 * Moves a source's mark forward (never back). Where it passes the end of a period that waits, for the first time, and makes
 * it complete, that one is woken; a mark within its month, which is nearly every mark, looks at no period. The last
 * statement of an intake transaction: it locks the source's row.
 */
export async function advanceMark(trx: Trx, { sourceId, markMs }: { sourceId: number; markMs: number }): Promise<void> {
  const mark = formatInstant(markMs);
  const [moved] = await moveMark(trx, { source_id: sourceId, mark });
  if (moved === undefined) return;
  const { before } = moved;
  if (before !== null && monthOf(before) === monthOf(markMs)) return;
  await lockPassing(trx);
  await wakePassed(trx, { source_id: sourceId, mark, before: before === null ? null : formatInstant(before) });
}

const selectNew = statement<{ workspace_id: string; month: string }>(`
  select workspace_id, month from unnest(:workspaces::text[], :months::text[]) as reported (workspace_id, month)
  where not exists (
    select from source_periods as known
    where known.workspace_id = reported.workspace_id and known.month = reported.month and known.source_id = :source_id)
  order by workspace_id, month`);

const insertReported = statement(`
  insert into source_periods (workspace_id, month, source_id)
  select workspace, month, :source_id from unnest(:workspaces::text[], :months::text[]) as reported (workspace, month)
  order by workspace, month
  on conflict do nothing`);

const wakeReported = statement(`${wakePeriods} join sources on sources.source_id = :source_id
  where period.status = 'waiting' and period.ends_at <= sources.complete_through
    and period.workspace_id = any(:workspaces::text[]) and ${complete}`);

/**
 * Notes that a source reported usage of these workspaces in these months (two arrays of equal length). Mostly that is
 * known. Where it is new, a period that waits may now be complete, through a source that is ahead already: it is woken. The
 * workspaces' rows are locked first, so that a period which is just going to wait either sees this source or is seen; then
 * the source's, so that of two of its batches at once, this one and one whose mark passes the month's end, either sees the
 * other.
 */
export async function noteReported(
  trx: Trx,
  reported: { sourceId: number; workspaces: string; months: string },
): Promise<void> {
  const source = { source_id: reported.sourceId };
  const added = await selectNew(trx, { ...source, workspaces: reported.workspaces, months: reported.months });
  if (added.length === 0) return;
  const named = added.map((row) => row.workspace_id);
  await shareWorkspaceRows(trx, named);
  await lockSource(trx, reported.sourceId);
  const workspaces = textArray(named);
  await insertReported(trx, { ...source, workspaces, months: textArray(added.map((row) => row.month)) });
  await wakeReported(trx, { ...source, workspaces });
}
