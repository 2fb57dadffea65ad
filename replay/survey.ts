// A first look through the whole file before anything is sent: a fault in its last line must not leave half of it billed,
// and only the whole says which months are touched and how much there is to do.

import { type Month, monthEndMs } from '../domain/period';
import { monthsTouched, type UsageReport } from '../domain/usage';

export type SurveyedWorkspace = {
  /** When its first report begins. */
  readonly firstMs: number;
  /**
   * The months that it has usage in, ascending, each with the last beginning of a report in it as it is sent: what begins
   * before the workspace does is not billed, and where that is all, neither is the month.
   */
  readonly months: ReadonlyMap<Month, number>;
};

export type Survey = {
  readonly reports: number;
  /** Ascending. */
  readonly workspaces: ReadonlyMap<string, SurveyedWorkspace>;
  /** All reports, where they were to be kept: another order than the file's needs them all. */
  readonly kept: readonly UsageReport[];
};

export async function survey(
  reports: AsyncIterable<UsageReport>,
  { keep, everyMs }: { readonly keep: boolean; readonly everyMs: number | undefined },
): Promise<Survey> {
  const found = new Map<string, { firstMs: number; months: Map<Month, number> }>();
  const kept: UsageReport[] = [];
  let count = 0;
  for await (const report of reports) {
    count++;
    if (keep) kept.push(report);
    const its = found.get(report.workspace) ?? { firstMs: report.fromMs, months: new Map() };
    found.set(report.workspace, its);
    its.firstMs = Math.min(its.firstMs, report.fromMs);
    for (const month of monthsTouched(report)) {
      its.months.set(month, Math.max(its.months.get(month) ?? 0, lastBeginMs(report, month, everyMs)));
    }
  }
  const workspaces = new Map(
    ascending(found).map(([id, its]) => [id, { ...its, months: new Map(ascending(its.months)) }]),
  );
  return { reports: count, workspaces, kept };
}

/** Where the last of its heartbeats begins that has an instant in the month; of a report sent whole, where it begins. */
function lastBeginMs({ fromMs, toMs }: UsageReport, month: Month, everyMs: number | undefined): number {
  if (everyMs === undefined) return fromMs;
  const lastMs = Math.min(toMs, monthEndMs(month)) - 1;
  return Math.max(fromMs, Math.floor(lastMs / everyMs) * everyMs);
}

function ascending<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}
