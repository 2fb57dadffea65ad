// The customer account, as the platform names it to us.
import type { Complain } from './body';
import type { BillingChange } from './parties';
import { formatInstant } from './period';
import { aheadMsMax } from './usage';

/** What a workspace is created with, or renamed to. */
export type WorkspaceEntry = {
  readonly name: string;
  readonly billingEmail: string;
  readonly startsAtMs?: number;
  /** Left out: as it is; null: cleared. */
  readonly billing?: BillingChange | null;
};

const startYearsMax = 10;

/**
 * Complains of a start that cannot be: a workspace may start up to ten years back, and not in the future, as nothing
 * would bill it until then. None is given where it starts now.
 */
export function checkStart(
  startsAtMs: number | undefined,
  { nowMs, complain }: { readonly nowMs: number; readonly complain: Complain },
): void {
  if (startsAtMs === undefined) return;
  const earliest = new Date(nowMs);
  earliest.setUTCFullYear(earliest.getUTCFullYear() - startYearsMax);
  if (startsAtMs < earliest.getTime()) {
    complain('startsAt', `expected at most ${startYearsMax} years before now, came ${formatInstant(startsAtMs)}`);
  }
  if (startsAtMs > nowMs + aheadMsMax) {
    complain('startsAt', `expected no later than now, came ${formatInstant(startsAtMs)}`);
  }
}
