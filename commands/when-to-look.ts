// When a guard looks again after a judgement, and when the tick has it looked at, should its own timer be late.
import { ladderStep } from '../domain/guard/ladder';
import { nextLook } from '../domain/guard/look';
import { fixedFraction } from '../domain/ids';
import type { Judged } from '../domain/outcomes';
import { hourMs } from '../domain/period';
import type { Concluding } from './conclude-judgement';
import type { Settings } from './connections';
import type { Foreseen } from './foresee-credits';

// A platform that does not say which models there are is asked again so soon.
const askAgainMs = 30_000;
// What was started again is reported by then, and so is what ran last before it was stopped; what was being deployed when it was
// stopped is listed.
const reportedWithinMs = 120_000;
// The guard's own timer is for what changes by itself; the tick sees to it where that is late.
const changedWithinMs = 60_000;

type Looking = {
  readonly settings: Settings;
  readonly state: Judged['state'];
  /** Where credits run out, and did not yet. */
  readonly zeroMs: number | null;
  /** Whether the platform was asked for its models, and did not say. */
  readonly isUnlisted: boolean;
};

/** Instants, later than now; `nextChangeMs` is null where nothing changes by time alone. */
export function whenToLook(
  of: Concluding,
  { settings, state, zeroMs, isUnlisted }: Looking,
): { readonly nextLookMs: number; readonly nextChangeMs: number | null } {
  const { workspace, nowMs, foreseen } = of;
  const changesMs = changesOf(of);
  const nextLookMs = nextLook({
    nowMs,
    leadMs: settings.stopLeadMs,
    fraction: fixedFraction(workspace),
    zeroMs,
    isSuspended: state === 'suspended',
    changesMs: [...changesMs, ...(isUnlisted ? [nowMs + askAgainMs] : []), ...lookAgain(of)],
    endsMs: endsOf(foreseen),
  });
  return { nextLookMs, nextChangeMs: changesMs.length === 0 ? null : Math.min(...changesMs) + changedWithinMs };
}

// What was stopped may be less than was foreseen, and go on: looked at again as long as its reports may come, ever more seldom.
function lookAgain({ judgement, facts, foreseen, nowMs }: Concluding): readonly number[] {
  const stands = facts.standing.filter(({ number }) => judgement.end.every((each) => each.number !== number));
  const isNews = [...judgement.begin, ...stands.filter(({ isTold }) => !isTold)].some(
    ({ scope }) => scope === 'models',
  );
  const isRestored = judgement.end.some(({ because }) => because === 'credits');
  const stopped = stands.find(({ reason }) => reason === 'credits');
  return [
    ...(isNews || isRestored ? [nowMs + reportedWithinMs] : []),
    ...(foreseen.isAwaited && stopped ? [nowMs + Math.max(reportedWithinMs, nowMs - stopped.beganAtMs)] : []),
  ];
}

// Grants begin and end, terms become others, and the ladder of past due goes on.
function changesOf({ foreseen, situation, nowMs }: Concluding): readonly number[] {
  const { grants, terms, payer } = foreseen;
  const edges = grants.flatMap(({ validFromHour, validUntilHour }) => [validFromHour, validUntilHour ?? 0]);
  const hours = [...(payer === 'credits' ? edges : []), ...terms.map(({ fromHour }) => fromHour)];
  const step =
    payer === 'invoice' ? null : ladderStep(situation.pastDue, { ladder: situation.ladder, nowMs }).changesAtMs;
  const changes = [...hours.map((hour) => hour * hourMs), ...(step === null ? [] : [step])];
  return changes.filter((ms) => ms > nowMs);
}

function endsOf({ grants, payer }: Foreseen): readonly number[] {
  const ending = grants.filter(({ remainingNanos }) => payer === 'credits' && remainingNanos > 0n);
  return ending.flatMap(({ validUntilHour }) => (validUntilHour === null ? [] : [validUntilHour * hourMs]));
}
