// How a workspace stands with its credits: what is left, how fast it goes, and which notice that calls for.
import { type Bill, remainingAfter } from '../bill';
import { type Draw, type Grant, isValidIn } from '../credits';
import { greaterNanos, type Nanos, sumNanos, zeroNanos } from '../money';

type HourDraw = Pick<Draw, 'hour' | 'amountNanos'>;

export type CreditLevel = 'ok' | 'low' | 'gone';

export type CreditStanding = {
  /** Of the grants valid in this hour: given, and left after all unissued bills. */
  readonly grantedNanos: Nanos;
  readonly remainingNanos: Nanos;
  readonly burnNanosPerHour: Nanos;
  /** At the present burn; null while nothing burns. */
  readonly hoursLeft: number | null;
  /** The highest threshold reached, in percent used. */
  readonly usedThreshold: 0 | 50 | 80 | 100;
  readonly level: CreditLevel;
};

const hoursLeftMin = 24;

/**
 * The standing in an hour (hours since the epoch), after the chain of unissued bills. The burn is what credits paid of
 * the last whole hour, or of the running one where that is more already; what invoices drew of these two counts, too, so
 * that issuing one changes nothing. Low is from 80 % used, or below 24 h left.
 */
export function creditStanding(facts: {
  readonly grants: readonly Grant[];
  /** What used up grants without an end, that are not among them, were together. */
  readonly usedUpNanos?: Nanos;
  readonly bills: readonly Pick<Bill, 'draws'>[];
  /** What issued invoices drew of the last whole hour and the running one. */
  readonly issuedDraws?: readonly HourDraw[];
  readonly hour: number;
}): CreditStanding {
  const draws = facts.bills.flatMap((bill) => bill.draws);
  const valid = remainingAfter(facts.grants, { draws }).filter((grant) => isValidIn(grant, facts.hour));
  const grantedNanos = sumNanos([facts.usedUpNanos ?? zeroNanos, ...valid.map((grant) => grant.amountNanos)]);
  const remainingNanos = sumNanos(valid.map((grant) => grant.remainingNanos));
  const paid: readonly HourDraw[] = [...draws, ...(facts.issuedDraws ?? [])];
  const drawnIn = (hour: number) => sumNanos(paid.filter((draw) => draw.hour === hour).map((draw) => draw.amountNanos));
  const burnNanosPerHour = greaterNanos(drawnIn(facts.hour - 1), drawnIn(facts.hour));
  const hoursLeft = burnNanosPerHour === 0n ? null : Number(remainingNanos / burnNanosPerHour);
  const usedThreshold = thresholdOf(grantedNanos, remainingNanos);
  return {
    grantedNanos,
    remainingNanos,
    burnNanosPerHour,
    hoursLeft,
    usedThreshold,
    level: levelOf({ usedThreshold, hoursLeft }),
  };
}

function thresholdOf(grantedNanos: Nanos, remainingNanos: Nanos): CreditStanding['usedThreshold'] {
  const usedHundredfold = (grantedNanos - remainingNanos) * 100n;
  if (remainingNanos === 0n) return 100;
  if (usedHundredfold >= grantedNanos * 80n) return 80;
  return usedHundredfold >= grantedNanos * 50n ? 50 : 0;
}

function levelOf({ usedThreshold, hoursLeft }: Pick<CreditStanding, 'usedThreshold' | 'hoursLeft'>): CreditLevel {
  if (usedThreshold === 100) return 'gone';
  return usedThreshold === 80 || (hoursLeft !== null && hoursLeft < hoursLeftMin) ? 'low' : 'ok';
}
