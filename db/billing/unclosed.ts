// A workspace's periods that are not closed, with what their closing is decided by.
import type { ClosingFacts } from '../../domain/closing';
import type { Month } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import {
  type AwaitedSourceJson,
  awaitedSources,
  type ClosingRow,
  closingColumns,
  closingFactsOf,
} from './completeness';

/** A source whose mark has not reached the period's end; `completeThroughMs` is null where it never sent one. */
export type AwaitedSource = { readonly source: string; readonly completeThroughMs: number | null };

export type UnclosedPeriod = ClosingFacts & { readonly awaitedSources: readonly AwaitedSource[] };

const selectUnclosed = statement<ClosingRow & { month: Month; awaited: readonly AwaitedSourceJson[] }>(`
  select period.month, ${closingColumns}, ${awaitedSources} as awaited
  from billing_periods as period join workspaces on workspaces.id = period.workspace_id
  where period.workspace_id = :workspace and not period.is_closed`);

export async function readUnclosed(db: Db, workspace: string): Promise<ReadonlyMap<Month, UnclosedPeriod>> {
  const rows = await selectUnclosed(db, { workspace });
  return new Map(
    rows.map((row) => [row.month, { ...closingFactsOf(row), awaitedSources: row.awaited.map(awaitedSourceOf) }]),
  );
}

function awaitedSourceOf({ source, complete_through }: AwaitedSourceJson): AwaitedSource {
  return { source, completeThroughMs: complete_through === null ? null : Math.round(complete_through * 1000) };
}
