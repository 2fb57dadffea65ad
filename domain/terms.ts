// A workspace's terms: change points, each of which replaces all terms from its hour on.
import {
  type Complain,
  FaultList,
  isAbsent,
  readBasisPoints,
  readFields,
  readHour,
  readInteger,
  readList,
  readOneOf,
  readText,
  readUsd,
} from './body';
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

const termsFields = [
  'effectiveFrom',
  'plan',
  'volumeTiers',
  'programDiscount',
  'billablePhases',
  'collection',
  'netDays',
] as const;

/**
 * Reads the body `{effectiveFrom, plan, volumeTiers?, programDiscount?, billablePhases?, collection?, netDays?}`.
 * Throws `invalid_request` with every fault. What is left out is as in `defaultTerms`, and 30 net days for invoices.
 */
export function parseTerms(body: unknown): TermsPoint {
  const faults = new FaultList();
  const complain = faults.at();
  const fields = readFields(body, termsFields, complain) ?? {};
  const fromHour = readHour(fields.effectiveFrom, 'effectiveFrom', complain);
  const plan = readText(fields.plan, 'plan', 100, complain);
  const volumeTiers = readTiers(fields.volumeTiers, complain);
  const programDiscount = readProgram(fields.programDiscount, complain);
  const billablePhases = readPhases(fields.billablePhases, complain);
  const collection = isAbsent(fields.collection)
    ? 'charge'
    : (readOneOf(fields.collection, ['charge', 'invoice'], 'collection', complain) ?? 'charge');
  const netDays = isAbsent(fields.netDays)
    ? netDaysOf(collection)
    : (readInteger(fields.netDays, 'netDays', { min: 0, max: 365 }, complain) ?? 0);
  faults.throwIfAny('invalid_request', 'the terms are');
  // Without a fault both have been read.
  return {
    fromHour: fromHour ?? 0,
    terms: { plan: plan ?? '', volumeTiers, programDiscount, billablePhases, collection, netDays },
  };
}

function netDaysOf(collection: Collection): number {
  return collection === 'invoice' ? 30 : 0;
}

function readTiers(value: unknown, complain: Complain): VolumeTier[] {
  if (isAbsent(value)) return [];
  const items = readList(value, 'volumeTiers', complain) ?? [];
  let before = 0n;
  return items.flatMap((item, at) => {
    const field = `volumeTiers[${at}]`;
    const fields = readFields(item, ['upTo', 'percent'], complain, field);
    if (fields === undefined) return [];
    const basisPoints = readBasisPoints(fields.percent, `${field}.percent`, complain);
    const isLast = at === items.length - 1;
    const upToNanos = readUpTo(fields.upTo, { field: `${field}.upTo`, isLast, before }, complain);
    before = upToNanos ?? before;
    return basisPoints === undefined || upToNanos === undefined ? [] : [{ upToNanos, basisPoints }];
  });
}

function readUpTo(
  value: unknown,
  { field, isLast, before }: { readonly field: string; readonly isLast: boolean; readonly before: bigint },
  complain: Complain,
): Nanos | null | undefined {
  if (value === null && isLast) return null;
  if (isLast) {
    complain(field, 'expected null: the last tier has no end');
    return undefined;
  }
  const upToNanos = readUsd(value, field, complain);
  if (upToNanos !== undefined && upToNanos <= before) {
    complain(field, `expected tiers in ascending order, each beyond the one before, came ${formatUsdShort(upToNanos)}`);
  }
  return upToNanos;
}

function readProgram(value: unknown, complain: Complain): ProgramDiscount | null {
  if (isAbsent(value)) return null;
  const fields = readFields(value, ['kind', 'percent'], complain, 'programDiscount');
  if (fields === undefined) return null;
  const kind = readOneOf(fields.kind, ['education', 'nonprofit'], 'programDiscount.kind', complain);
  const basisPoints = readBasisPoints(fields.percent, 'programDiscount.percent', complain);
  return kind === undefined || basisPoints === undefined ? null : { kind, basisPoints };
}

function readPhases(value: unknown, complain: Complain): readonly Phase[] {
  if (isAbsent(value)) return defaultBillablePhases;
  const items = readList(value, 'billablePhases', complain) ?? phases;
  if (items.length === 0) complain('billablePhases', `expected at least one of ${phases.join(', ')}`);
  const named = new Set(items.map((item, at) => readOneOf(item, phases, `billablePhases[${at}]`, complain)));
  if (named.size < items.length) complain('billablePhases', 'expected each phase once');
  return phases.filter((phase) => named.has(phase));
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
