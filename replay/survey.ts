// A first look through the whole file before anything is sent: a fault in its last line must not leave half of it billed,
// and only the whole says which months are touched and how much there is to do.

import { type Month, monthOf, monthsFrom } from '../domain/period';
import type { UsageReport } from '../domain/usage';

export type Survey = {
  readonly reports: number;
  /** Each workspace with the months in which it has usage, both ascending. */
  readonly workspaces: ReadonlyMap<string, readonly Month[]>;
  /** All reports, where they were to be kept: another order than the file's needs them all. */
  readonly kept: readonly UsageReport[];
};

export async function survey(
  reports: AsyncIterable<UsageReport>,
  options: { readonly keep: boolean },
): Promise<Survey> {
  const months = new Map<string, Set<Month>>();
  const kept: UsageReport[] = [];
  let count = 0;
  for await (const report of reports) {
    count++;
    if (options.keep) kept.push(report);
    const touched = months.get(report.workspace) ?? new Set();
    months.set(report.workspace, touched);
    for (const month of monthsTouched(report)) touched.add(month);
  }
  const ascending = [...months].sort(([one], [other]) => (one < other ? -1 : 1));
  const workspaces = new Map(ascending.map(([workspace, touched]) => [workspace, [...touched].sort()]));
  return { reports: count, workspaces, kept };
}

/** A report touches every month that it has an instant in; its end is not part of it. */
function monthsTouched({ fromMs, toMs }: UsageReport): Month[] {
  return monthsFrom(monthOf(fromMs), monthOf(toMs - 1));
}
