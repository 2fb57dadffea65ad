// Whether all usage of a period is in, and what closing it is decided by: one rule for closing, for showing what a month
// waits for, and for counting those that wait. SQL over `period` (billing_periods) and its row of `workspaces`.
import type { ClosingFacts } from '../../domain/closing';

// Sources that have ever reported usage of the workspace; those that reported some of the period are the ones that count.
const reported = `
  source_periods as reported join sources using (source_id) where reported.workspace_id = period.workspace_id`;
const inPeriod = 'reported.month = period.month';
const isThrough = 'coalesce(sources.complete_through >= period.ends_at, false)';

/**
 * SQL: whether the billing_periods row `period` is complete: every source that reported usage in it says so; if none did, a
 * source that has ever reported for the workspace says so.
 */
export const complete = `
  coalesce(
    (select bool_and(${isThrough}) from ${reported} and ${inPeriod}),
    exists (select from ${reported} and ${isThrough}))`;

const sourcesMax = 100;

/** SQL: the sources by which a period is not complete yet, those furthest behind first, as JSON. */
export const awaitedSources = `
  (select coalesce(jsonb_agg(jsonb_build_object('source', source, 'complete_through', extract(epoch from complete_through))
      order by complete_through nulls first, source), '[]')
    from (
      select distinct sources.source, sources.complete_through from ${reported}
        and (${inPeriod} or not exists (select from ${reported} and ${inPeriod})) and not ${isThrough}
      order by sources.complete_through nulls first, sources.source limit ${sourcesMax}
    ) as behind)`;

export type AwaitedSourceJson = { readonly source: string; readonly complete_through: number | null };

/** SQL: the columns of a ClosingRow. */
export const closingColumns = `
  period.is_closed, period.ends_at, workspaces.created_at, period.close_requested_at is not null as close_requested,
  ${complete} as complete,
  exists (select from billing_periods as earlier
    where earlier.workspace_id = period.workspace_id and earlier.month < period.month
      and not earlier.is_closed) as earlier_open`;

export type ClosingRow = {
  readonly is_closed: boolean;
  readonly ends_at: number;
  readonly created_at: number;
  readonly close_requested: boolean;
  readonly complete: boolean;
  readonly earlier_open: boolean;
};

export function closingFactsOf(row: ClosingRow): ClosingFacts {
  return {
    isClosed: row.is_closed,
    endsAtMs: row.ends_at,
    createdAtMs: row.created_at,
    isRequested: row.close_requested,
    isComplete: row.complete,
    isEarlierOpen: row.earlier_open,
  };
}
