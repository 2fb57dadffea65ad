// Models that were stopped, by whom, and until when: in that time their replicas do not run and report nothing. Billing and the
// owner each lift only their own.

import type { UsageReport } from '../../domain/usage';
import type { StoppedBy } from '../../gateways/models/models';

export type ModelName = { readonly workspace: string; readonly model: string };
/** `toMs` is null while the model is stopped. */
export type Stoppage = ModelName & { readonly by: StoppedBy; readonly fromMs: number; readonly toMs: number | null };

/** Who keeps a model stopped: its owner before billing. Undefined where it is active. */
export function stoppedBy(stoppages: readonly Stoppage[], model: ModelName): StoppedBy | undefined {
  const standing = stoppages.filter((stoppage) => isOf(stoppage, model) && stoppage.toMs === null);
  return standing.find(({ by }) => by === 'owner')?.by ?? standing[0]?.by;
}

type By = { readonly by: StoppedBy; readonly nowMs: number };

/** The model stopped by somebody from now on; as it was, where he stopped it already. */
export function stopped(stoppages: readonly Stoppage[], model: ModelName, { by, nowMs }: By): readonly Stoppage[] {
  const { workspace, model: name } = model;
  if (stoppages.some((stoppage) => isStanding(stoppage, model, by))) return stoppages;
  return [...stoppages, { workspace, model: name, by, fromMs: nowMs, toMs: null }];
}

export function started(stoppages: readonly Stoppage[], model: ModelName, { by, nowMs }: By): readonly Stoppage[] {
  return stoppages.map((stoppage) => (isStanding(stoppage, model, by) ? { ...stoppage, toMs: nowMs } : stoppage));
}

function isStanding(stoppage: Stoppage, model: ModelName, by: StoppedBy): boolean {
  return isOf(stoppage, model) && stoppage.by === by && stoppage.toMs === null;
}

/** The reports without the time in which their models were stopped. */
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
