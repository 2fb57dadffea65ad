// How long after an invoice is past due a workspace is stopped, in steps: new deployments first, then its models.
import { dayMs } from '../period';
import type { SuspensionScope } from './notices';

/** Milliseconds from past due on. */
export type PastDueLadder = { readonly deploysMs: number; readonly modelsMs: number };

export const defaultLadder: PastDueLadder = { deploysMs: 7 * dayMs, modelsMs: 14 * dayMs };

/** Reads `deploys 7d, models 14d`; undefined where it is something else, or the models were stopped before deployments. */
export function parseLadder(text: string): PastDueLadder | undefined {
  const [, deploys, models] = /^\s*deploys\s+(\d{1,4})d\s*,\s*models\s+(\d{1,4})d\s*$/.exec(text) ?? [];
  if (deploys === undefined || models === undefined || Number(models) < Number(deploys)) return undefined;
  return { deploysMs: Number(deploys) * dayMs, modelsMs: Number(models) * dayMs };
}

export type PastDue = {
  /** Since when the oldest unpaid invoice is past due; null where none is. */
  readonly sinceMs: number | null;
  /** Until when an operator has paused the ladder. */
  readonly pausedUntilMs: number | null;
};

/** What is stopped at an instant for invoices that are past due, and when that changes by itself (null: not). */
export function ladderStep(
  { sinceMs, pausedUntilMs }: PastDue,
  { ladder, nowMs }: { readonly ladder: PastDueLadder; readonly nowMs: number },
): { readonly scope: SuspensionScope | null; readonly changesAtMs: number | null } {
  if (sinceMs === null) return { scope: null, changesAtMs: null };
  if (pausedUntilMs !== null && pausedUntilMs > nowMs) return { scope: null, changesAtMs: pausedUntilMs };
  const [deploysAtMs, modelsAtMs] = [sinceMs + ladder.deploysMs, sinceMs + ladder.modelsMs];
  if (nowMs >= modelsAtMs) return { scope: 'models', changesAtMs: null };
  if (nowMs >= deploysAtMs) return { scope: 'deploys', changesAtMs: modelsAtMs };
  return { scope: null, changesAtMs: deploysAtMs };
}
