// Models that were deactivated, and until when: in that time their replicas do not run and report nothing.

import type { UsageReport } from '../../domain/usage';

export type ModelName = { readonly workspace: string; readonly model: string };
/** `toMs` is null while the model is deactivated. */
export type Stoppage = ModelName & { readonly fromMs: number; readonly toMs: number | null };

export function isStopped(stoppages: readonly Stoppage[], model: ModelName): boolean {
  return stoppages.some((stoppage) => isOf(stoppage, model) && stoppage.toMs === null);
}

/** The model deactivated from now on; as it was, where it is already. */
export function deactivated(stoppages: readonly Stoppage[], model: ModelName, nowMs: number): readonly Stoppage[] {
  const { workspace, model: name } = model;
  if (isStopped(stoppages, model)) return stoppages;
  return [...stoppages, { workspace, model: name, fromMs: nowMs, toMs: null }];
}

export function activated(stoppages: readonly Stoppage[], model: ModelName, nowMs: number): readonly Stoppage[] {
  return stoppages.map((stoppage) =>
    isOf(stoppage, model) && stoppage.toMs === null ? { ...stoppage, toMs: nowMs } : stoppage,
  );
}

/** The reports without the time in which their models were deactivated. */
export function withoutStopped(reports: readonly UsageReport[], stoppages: readonly Stoppage[]): UsageReport[] {
  return reports.flatMap((report) =>
    stoppages.filter((stoppage) => isOf(stoppage, report)).reduce<UsageReport[]>(cutOut, [report]),
  );
}

function cutOut(reports: readonly UsageReport[], { fromMs, toMs }: Stoppage): UsageReport[] {
  return reports.flatMap((report) => {
    const before = { ...report, toMs: Math.min(report.toMs, fromMs) };
    const after = { ...report, fromMs: Math.max(report.fromMs, toMs ?? Number.POSITIVE_INFINITY) };
    return [before, after].filter((part) => part.fromMs < part.toMs);
  });
}

function isOf(stoppage: Stoppage, { workspace, model }: ModelName): boolean {
  return stoppage.workspace === workspace && stoppage.model === model;
}
