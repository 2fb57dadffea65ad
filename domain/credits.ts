// Credits: grants, the order in which they are spent, and what an hour draws from them.
import type { Complain } from './body';
import {
  assertMoney,
  formatUsdGrouped,
  formatUsdShort,
  lesserNanos,
  type Nanos,
  nanos,
  nanosPerUsd,
  zeroNanos,
} from './money';
import { formatInstant, hourNotBefore, hourOf } from './period';

export const grantKinds = ['free', 'promotional', 'purchased', 'goodwill', 'adjustment'] as const;
export type GrantKind = (typeof grantKinds)[number];

/** The key of the grant that every workspace is created with. */
export const freeGrantKey = 'free';
/** The priority where none is given, and that of the free grant; lower numbers are spent first. */
export const defaultPriority = 100;

/** What one grant may be at the most: a hundred million dollars. The database holds it, too. */
export const grantNanosMax = nanos(100_000_000n * nanosPerUsd);
/** What a workspace's grants may be together, so that no sum of credits can leave 64 bits. The database holds it, too. */
export const grantsNanosMax = nanos(5_000_000_000n * nanosPerUsd);

/** Credits given, with what is left of them. They pay the hours from `validFromHour` to before `validUntilHour`. */
export type Grant = {
  readonly key: string;
  readonly kind: GrantKind;
  readonly amountNanos: Nanos;
  readonly remainingNanos: Nanos;
  readonly validFromHour: number;
  readonly validUntilHour: number | null;
  readonly priority: number;
};

/** Credits to be given: the exact instants, and the hours that they are taken down and up to. */
export type GrantEntry = Omit<Grant, 'remainingNanos'> & {
  readonly validFromMs: number;
  readonly validUntilMs: number | null;
};

/** What one grant paid of one hour. */
export type Draw = { readonly grantKey: string; readonly hour: number; readonly amountNanos: Nanos };

/** The whole hours of a validity: valid-from taken down to the hour, valid-until up to it. */
export function validHours(validity: { readonly validFromMs: number; readonly validUntilMs: number | null }): {
  readonly validFromHour: number;
  readonly validUntilHour: number | null;
} {
  return {
    validFromHour: hourOf(validity.validFromMs),
    validUntilHour: validity.validUntilMs === null ? null : hourNotBefore(validity.validUntilMs),
  };
}

/** Whether a grant pays usage of an hour. */
export function isValidIn(grant: Pick<Grant, 'validFromHour' | 'validUntilHour'>, hour: number): boolean {
  return grant.validFromHour <= hour && (grant.validUntilHour === null || hour < grant.validUntilHour);
}

/**
 * The order in which grants are spent: lower priority first, then soonest expiry (none last), then earliest valid-from,
 * then key by code point (keys are ASCII, whose code units are code points).
 */
export function spendingOrder<Each extends Grant>(grants: readonly Each[]): Each[] {
  const until = (grant: Grant) => grant.validUntilHour ?? Number.MAX_SAFE_INTEGER;
  return [...grants].sort(
    (one, other) =>
      one.priority - other.priority ||
      until(one) - until(other) ||
      one.validFromHour - other.validFromHour ||
      (one.key < other.key ? -1 : Number(one.key > other.key)),
  );
}

/**
 * Pays what an hour owes out of grants in their spending order. Returns the draws, what they leave to pay, and the
 * grants with what is left of them.
 */
export function drawCredits(hour: {
  readonly grants: readonly Grant[];
  readonly hour: number;
  readonly dueNanos: Nanos;
}): { readonly draws: readonly Draw[]; readonly leftNanos: Nanos; readonly grants: readonly Grant[] } {
  let leftNanos = hour.dueNanos;
  const draws: Draw[] = [];
  const grants = hour.grants.map((grant) => {
    if (leftNanos === 0n || grant.remainingNanos === 0n || !isValidIn(grant, hour.hour)) return grant;
    const amountNanos = lesserNanos(leftNanos, grant.remainingNanos);
    leftNanos = nanos(leftNanos - amountNanos);
    draws.push({ grantKey: grant.key, hour: hour.hour, amountNanos });
    return spend(grant, amountNanos);
  });
  return draws.length === 0 ? { draws, leftNanos, grants: hour.grants } : { draws, leftNanos, grants };
}

/** The grant after a draw. Throws where it would be overdrawn. */
export function spend(grant: Grant, amountNanos: Nanos): Grant {
  assertMoney(amountNanos > 0n && amountNanos <= grant.remainingNanos, `grant ${grant.key} is not overdrawn`);
  return { ...grant, remainingNanos: nanos(grant.remainingNanos - amountNanos) };
}

export const grantStatuses = ['upcoming', 'active', 'used', 'expired', 'ended'] as const;
export type GrantStatus = (typeof grantStatuses)[number];

/**
 * Where a grant stands in an hour, after what the unissued bills will draw of it, and what of it is lost: what is left of
 * one that is over. Late usage of its hours may still draw that.
 */
export function grantStatus(
  grant: Pick<Grant, 'remainingNanos' | 'validFromHour' | 'validUntilHour'> & { readonly isEnded: boolean },
  { pendingNanos, hour }: { readonly pendingNanos: Nanos; readonly hour: number },
): { readonly status: GrantStatus; readonly lostNanos: Nanos } {
  const leftNanos = nanos(grant.remainingNanos - pendingNanos);
  assertMoney(leftNanos >= 0n, 'a grant is not promised twice');
  if (leftNanos === 0n) return { status: 'used', lostNanos: zeroNanos };
  const isOver = grant.validUntilHour !== null && hour >= grant.validUntilHour;
  if (isOver) return { status: grant.isEnded ? 'ended' : 'expired', lostNanos: leftNanos };
  // One ended before it begins never pays anything.
  if (grant.validUntilHour !== null && grant.validUntilHour <= grant.validFromHour) {
    return { status: 'ended', lostNanos: leftNanos };
  }
  return { status: hour < grant.validFromHour ? 'upcoming' : 'active', lostNanos: zeroNanos };
}

/** Complains of a grant that gives nothing or too much, or ends before it begins; what could not be read is left out. */
export function checkGrant(
  grant: {
    readonly amountNanos: Nanos | undefined;
    readonly validFromMs: number | undefined;
    readonly validUntilMs: number | undefined;
  },
  complain: Complain,
): void {
  const { amountNanos, validFromMs, validUntilMs } = grant;
  if (amountNanos !== undefined && amountNanos <= 0n) {
    complain('amount', `expected more than nothing, came ${formatUsdShort(amountNanos)}`);
  }
  if (amountNanos !== undefined && amountNanos > grantNanosMax) complain('amount', tooLarge(amountNanos));
  if (validFromMs !== undefined && validUntilMs !== undefined && validUntilMs <= validFromMs) {
    complain('validUntil', `expected an instant after validFrom, came ${formatInstant(validUntilMs)}`);
  }
}

function tooLarge(amountNanos: Nanos): string {
  return `expected at most ${formatUsdGrouped(grantNanosMax)} US dollars in one grant, came ${formatUsdShort(amountNanos)}`;
}
