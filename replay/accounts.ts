// What of a file can be billed: the months of its workspaces since each of them began.

import { type Month, monthEndMs } from '../domain/period';
import type { UsageReport } from '../domain/usage';
import type { Survey } from './survey';

/** A workspace's month: what an invoice is made of. */
export type Account = { readonly workspace: string; readonly month: Month };

/** When the workspaces begin that Minutebook knows. */
export type Starts = ReadonlyMap<string, number>;

/** Reports that begin before their workspace does go into quarantine whole. */
export type BeforeStart = { readonly workspace: string; readonly startsAtMs: number; readonly reports: number };

/** The months to be invoiced, those that are over and those that are not. */
export function accountsOf({ workspaces }: Survey, starts: Starts, nowMs: number) {
  const accounts: Account[] = [...workspaces].flatMap(([workspace, { months }]) => {
    const startsAtMs = starts.get(workspace) ?? Number.POSITIVE_INFINITY;
    return [...months].flatMap(([month, lastBeginMs]) => (lastBeginMs < startsAtMs ? [] : [{ workspace, month }]));
  });
  const isOver = ({ month }: Account) => monthEndMs(month) <= nowMs;
  return { ended: accounts.filter(isOver), running: accounts.filter((account) => !isOver(account)) };
}

/** How many reports of each workspace begin before it does. Reads the file once more, and only where there are some. */
export async function countBeforeStart(
  { workspaces }: Survey,
  starts: Starts,
  reread: () => AsyncIterable<UsageReport>,
): Promise<readonly BeforeStart[]> {
  const early = new Map<string, { startsAtMs: number; reports: number }>();
  for (const [workspace, { firstMs }] of workspaces) {
    const startsAtMs = starts.get(workspace);
    if (startsAtMs !== undefined && firstMs < startsAtMs) early.set(workspace, { startsAtMs, reports: 0 });
  }
  if (early.size === 0) return [];
  for await (const { workspace, fromMs } of reread()) {
    const its = early.get(workspace);
    if (its !== undefined && fromMs < its.startsAtMs) its.reports++;
  }
  return [...early].map(([workspace, its]) => ({ workspace, ...its }));
}
