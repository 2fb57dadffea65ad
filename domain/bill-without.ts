// A bill without some of its minutes: what a correction, a void and the guard's overrun are computed by.
import { type Bill, type BillPart, computeBill } from './bill';
import type { LostUsage } from './credit-note-lines';
import type { Draw, Grant } from './credits';
import { assertMoney, type Cents, cents, lesserNanos, type Nanos, nanos, roundToCentsHalfUp, sumNanos } from './money';
import type { TermsPoint } from './terms';

/** A bill without some of its minutes, each grant limited to what the bill draws of it. */
export function billWithout(of: {
  readonly parts: readonly BillPart[];
  readonly draws: readonly Draw[];
  readonly lost: readonly LostUsage[];
  readonly terms: readonly TermsPoint[];
  readonly grants: readonly Grant[];
}): Bill {
  const parts = of.parts.map((part) => withoutLost(part, of.lost));
  return computeBill({ parts, terms: of.terms, grants: purse(of.grants, of.draws) });
}

/** Half-up cents of what is owed with some minutes less half-up cents of what is owed without them; nothing at the least. */
export function writtenOffBy(of: { readonly owedNanos: Nanos; readonly withoutNanos: Nanos }): Cents {
  const withoutNanos = lesserNanos(of.owedNanos, of.withoutNanos);
  return cents(roundToCentsHalfUp(of.owedNanos) - roundToCentsHalfUp(withoutNanos));
}

/** A part without some minutes. Throws where it does not hold them. */
export function withoutLost(part: BillPart, lost: readonly LostUsage[]): BillPart {
  const lostOf = new Map<number, bigint>();
  for (const line of lost) {
    if (line.month !== part.month) continue;
    line.hours.forEach((hour, at) => {
      lostOf.set(hour, (lostOf.get(hour) ?? 0n) + BigInt(line.minutes[at] ?? 0) * line.priceNanos);
    });
  }
  const hours = part.hours.map(({ hour, listNanos }) => {
    const left = listNanos - (lostOf.get(hour) ?? 0n);
    assertMoney(left >= 0n, `hour ${hour} of ${part.month} loses no more than it holds`);
    lostOf.delete(hour);
    return { hour, listNanos: nanos(left) };
  });
  assertMoney(sumNanos(lostOf.values()) === 0n, `what ${part.month} loses is in hours that it holds`);
  return { ...part, hours };
}

/** The minutes of the one that are not in the other, by line and hour. */
export function lessUsage(usage: readonly LostUsage[], less: readonly LostUsage[]): readonly LostUsage[] {
  const nameOf = ({ month, model, version, instanceType, priceNanos }: LostUsage) =>
    [month, model, version, instanceType, priceNanos].join(' ');
  const taken = new Map<string, number>();
  for (const line of less) {
    line.hours.forEach((hour, at) => {
      taken.set(`${nameOf(line)} ${hour}`, line.minutes[at] ?? 0);
    });
  }
  return usage.map((line) => ({
    ...line,
    minutes: line.minutes.map((minutes, at) => minutes - (taken.get(`${nameOf(line)} ${line.hours[at]}`) ?? 0)),
  }));
}

function purse(grants: readonly Grant[], draws: readonly Draw[]): readonly Grant[] {
  const drawn = new Map<string, bigint>();
  for (const { grantKey, amountNanos } of draws) drawn.set(grantKey, (drawn.get(grantKey) ?? 0n) + amountNanos);
  const limited = grants.flatMap((grant) => {
    const amount = drawn.get(grant.key) ?? 0n;
    return amount > 0n ? [{ ...grant, remainingNanos: nanos(amount) }] : [];
  });
  assertMoney(limited.length === drawn.size, 'every draw is from a known grant');
  return limited;
}
