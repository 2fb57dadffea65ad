// What a workspace that is stopped for its credits has used and nobody has reported yet, and what it needs to go on.
import type { GuardFacts } from '../db/guard/facts';
import { greaterNanos, type Nanos, nanos, zeroNanos } from '../domain/money';

/** How a workspace was stopped: what ran, at list prices a minute, and what its usage comes to once all until the zero is in. */
export type Stopped = {
  readonly stoppedNanosPerMinute: Nanos;
  readonly listedThroughNanos: Nanos | null;
  readonly zeroAtMs: number | null;
};

/** Undefined where nothing stopped it, by its suspension or by the platform alone. */
export function stoppedOf(
  facts: GuardFacts,
  of: { readonly nowMs: number; readonly isStoppedThere: boolean },
): Stopped | undefined {
  return facts.standing.find(({ reason }) => reason === 'credits') ?? stoppedThere(facts, of);
}

// Nobody was there to judge at the zero that the platform was told, and it has stopped by it: what was covered until then is
// used, as far as anybody knows. Started again before it is reported, models would run on with nothing left.
function stoppedThere(
  { state, zeroAtMs, foreseenBurnNanosPerMinute, foreseenThroughNanos }: GuardFacts,
  { nowMs, isStoppedThere }: { readonly nowMs: number; readonly isStoppedThere: boolean },
): Stopped | undefined {
  if (!isStoppedThere || state === 'suspended' || zeroAtMs === null || zeroAtMs > nowMs) return undefined;
  return { stoppedNanosPerMinute: foreseenBurnNanosPerMinute, listedThroughNanos: foreseenThroughNanos, zeroAtMs };
}

/** What ran until the credits were gone is used, though its report may not have come: before it has, more seems to be left than is. */
export function unreportedOf(stopped: Stopped | undefined, facts: GuardFacts): Nanos {
  if (stopped === undefined || stopped.listedThroughNanos === null) return zeroNanos;
  const isAllIn = stopped.zeroAtMs !== null && (facts.reportedThroughMs ?? 0) >= stopped.zeroAtMs;
  return isAllIn ? zeroNanos : greaterNanos(zeroNanos, nanos(stopped.listedThroughNanos - facts.listedNanos));
}
