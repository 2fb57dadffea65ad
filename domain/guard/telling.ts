// What a customer is told of credits that are used, once each, and how much more may be used before that.
import { type Nanos, nanos } from '../money';
import type { Payer } from './judgement';
import type { Notice } from './notices';
import type { CreditStanding } from './standing';

/** What was told, and of how many grants: another one begins new crossings. */
export type Told = { readonly grants: number; readonly percent: number; readonly isShort: boolean };

type Crossing = {
  readonly standing: Pick<CreditStanding, 'grantedNanos' | 'remainingNanos' | 'usedThreshold'>;
  readonly payer: Payer;
  /** Less than a day left by what runs. */
  readonly isShort: boolean;
  readonly isSuspended: boolean;
  /** How many grants there have been. */
  readonly grants: number;
  readonly told: Told;
};

/**
 * The gravest of what is to be told, and what is told with it. With a method on file only that credits are used up; where models
 * are stopped, that says it.
 */
export function crossingDue(of: Crossing): { readonly notice: Notice | null; readonly told: Told } {
  const { payer, isShort, isSuspended } = of;
  const reached = of.standing.grantedNanos === 0n ? 0 : of.standing.usedThreshold;
  const before = toldBefore(of, reached);
  if (payer === 'invoice') return { notice: null, told: before };
  if (payer === 'method') {
    const isNews = reached === 100 && before.percent < 100 && !isSuspended;
    const notice = isNews ? ({ kind: 'credits_used', percent: 100 } as const) : null;
    return { notice, told: isNews ? { ...before, percent: 100 } : before };
  }
  // That all is used the suspension says, which comes with the last covered minute.
  const crossed = reached === 100 ? 80 : reached;
  const told = {
    grants: of.grants,
    percent: Math.max(before.percent, crossed),
    isShort: before.isShort || isShort || isSuspended,
  };
  if (isSuspended) return { notice: null, told };
  if (isShort && !before.isShort) return { notice: { kind: 'credits_short' }, told };
  const isNews = reached !== 100 && crossed !== 0 && crossed > before.percent;
  return { notice: isNews ? { kind: 'credits_used', percent: crossed } : null, told };
}

function toldBefore({ told, grants }: Crossing, reached: number): Told {
  if (told.grants === grants) return told;
  return { grants, percent: Math.min(told.percent, reached), isShort: false };
}

/** How much more may be used at list prices, which is at least as much as it costs, before a notice can be due; null: none can. */
export function untilNotice({ standing, payer, told }: Pick<Crossing, 'standing' | 'payer' | 'told'>): Nanos | null {
  const { grantedNanos, remainingNanos, usedThreshold } = standing;
  if (payer === 'invoice' || remainingNanos === 0n) return null;
  if (payer === 'method') return told.percent >= 100 ? null : remainingNanos;
  const next = ([50, 80, 100] as const).find((percent) => percent > usedThreshold);
  if (next === undefined) return null;
  const usedNanos = grantedNanos - remainingNanos;
  const thresholdNanos = (grantedNanos * BigInt(next) + 99n) / 100n;
  return nanos(thresholdNanos - usedNanos);
}
