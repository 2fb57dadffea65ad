// A workspace's terms: change points, each of which replaces all terms from its hour on.
import type { Complain } from './body';
import { MinutebookError } from './errors';
import { formatUsdShort, type Nanos, parseUsd } from './money';
import { type Phase, phases } from './usage';

/** From the tier before up to `upToNanos` of a period's list amount (null: without end), `basisPoints` are taken off. */
export type VolumeTier = { readonly upToNanos: Nanos | null; readonly basisPoints: number };
export type ProgramKind = 'education' | 'nonprofit';
export type ProgramDiscount = { readonly kind: ProgramKind; readonly basisPoints: number };
export type Collection = 'charge' | 'invoice';

export type Terms = {
  readonly plan: string;
  /** Ascending; the last without end. None: no volume discount. */
  readonly volumeTiers: readonly VolumeTier[];
  readonly programDiscount: ProgramDiscount | null;
  readonly billablePhases: readonly Phase[];
  readonly collection: Collection;
  /** Days from issue until an invoice is due. */
  readonly netDays: number;
};

/** From `fromHour` (hours since the epoch) on, these terms hold. */
export type TermsPoint = { readonly fromHour: number; readonly terms: Terms };

export const defaultBillablePhases: readonly Phase[] = ['deploying', 'scaling_up', 'serving', 'scaling_down'];

/** What holds before the first change point: no discounts. */
export const defaultTerms: Terms = {
  plan: 'standard',
  volumeTiers: [],
  programDiscount: null,
  billablePhases: defaultBillablePhases,
  collection: 'charge',
  netDays: 0,
};

/** The terms in force in an hour, of points in ascending order. */
export function termsInForce(points: readonly TermsPoint[], hour: number): Terms {
  return points.findLast((point) => point.fromHour <= hour)?.terms ?? defaultTerms;
}

/** Terms of which only the plan is said: the rest is as in `defaultTerms`, and 30 net days for invoices. */
export function completeTerms(said: Pick<Terms, 'plan'> & Partial<Terms>): Terms {
  const { billablePhases = defaultBillablePhases, collection = 'charge' } = said;
  return {
    ...defaultTerms,
    netDays: collection === 'invoice' ? 30 : 0,
    ...said,
    billablePhases: phases.filter((phase) => billablePhases.includes(phase)),
  };
}

/** Complains of ends of tiers that do not ascend, and of a last one that is an end; undefined could not be read. */
export function checkTiers(ends: readonly (Nanos | null | undefined)[], complain: Complain): void {
  let before = 0n;
  ends.forEach((upToNanos, at) => {
    const fault =
      upToNanos === undefined ? undefined : tierFault(upToNanos, { before, isLast: at === ends.length - 1 });
    if (fault !== undefined) complain(`volumeTiers[${at}].upTo`, fault);
    before = upToNanos ?? before;
  });
}

/** Complains of days to pay where the payment method is charged at once. */
export function checkNetDays(
  said: { readonly collection?: Collection | null | undefined; readonly netDays?: number | null | undefined },
  complain: Complain,
): void {
  if ((said.netDays ?? 0) === 0 || said.collection === 'invoice') return;
  complain('netDays', 'expected 0, or none: what is charged is due at once. Days to pay go with collection: invoice');
}

function tierFault(
  upToNanos: Nanos | null,
  { before, isLast }: { readonly before: bigint; readonly isLast: boolean },
): string | undefined {
  if (isLast) return upToNanos === null ? undefined : 'expected null: the last tier has no end';
  if (upToNanos === null) return 'expected an amount: only the last tier has no end';
  if (upToNanos > before) return undefined;
  return `expected tiers in ascending order, each beyond the one before, came ${formatUsdShort(upToNanos)}`;
}

/** Terms as JSON that keeps every amount exact: money as decimal strings. */
export type TermsJson = {
  readonly plan: string;
  readonly volumeTiers: readonly { readonly upTo: string | null; readonly basisPoints: number }[];
  readonly programDiscount: ProgramDiscount | null;
  readonly billablePhases: readonly Phase[];
  readonly collection: Collection;
  readonly netDays: number;
};

/** Terms as they are stored. */
export function termsAsJson(terms: Terms): TermsJson {
  return {
    plan: terms.plan,
    volumeTiers: terms.volumeTiers.map(({ upToNanos, basisPoints }) => ({
      upTo: upToNanos === null ? null : formatUsdShort(upToNanos),
      basisPoints,
    })),
    programDiscount: terms.programDiscount && {
      kind: terms.programDiscount.kind,
      basisPoints: terms.programDiscount.basisPoints,
    },
    billablePhases: phases.filter((phase) => terms.billablePhases.includes(phase)),
    collection: terms.collection,
    netDays: terms.netDays,
  };
}

/** Terms as `termsAsJson` wrote them. Throws where an amount is not one, which no terms that were stored have. */
export function termsFromJson(json: TermsJson): Terms {
  const volumeTiers = json.volumeTiers.map(({ upTo, basisPoints }) => ({ upToNanos: storedUpTo(upTo), basisPoints }));
  return { ...json, volumeTiers };
}

function storedUpTo(upTo: string | null): Nanos | null {
  if (upTo === null) return null;
  const upToNanos = parseUsd(upTo);
  if (upToNanos !== undefined) return upToNanos;
  throw new MinutebookError({ code: 'internal', detail: `expected an amount in the stored terms, came ${upTo}` });
}

/** Whether two terms say the same. */
export function sameTerms(one: Terms, other: Terms): boolean {
  return JSON.stringify(termsAsJson(one)) === JSON.stringify(termsAsJson(other));
}
