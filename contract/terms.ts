// A workspace's terms.
import { Type } from '@sinclair/typebox';
import { parseInstant } from '../domain/period';
import { checkNetDays, checkTiers, completeTerms, type TermsPoint } from '../domain/terms';
import { cursor, limit } from './pages';
import { readAs } from './reading';
import { line, OnTheHour, Percent, Phase, usd, whole, words } from './scalars';
import { answer, entry, leavable, optional, orNull, parameters, said, type Wire } from './shape';

const ProgramKind = words(['education', 'nonprofit']);
export const Collection = words(['charge', 'invoice']);
const NetDays = whole({ minimum: 0, maximum: 365, description: 'days from issue until an invoice is due' });
const Phases = Type.Array(Phase, { minItems: 1, uniqueItems: true });

const VolumeTier = Type.Object(
  {
    upTo: orNull(usd({ description: 'of the list amount of a period, from zero; null in the last tier' })),
    percent: Percent,
  },
  { additionalProperties: false },
);

export const TermsEntry = entry(
  'TermsEntry',
  {
    effectiveFrom: OnTheHour,
    plan: line(100),
    volumeTiers: leavable(Type.Array(VolumeTier, { description: 'ascending; upTo is null in the last' })),
    programDiscount: leavable(Type.Object({ kind: ProgramKind, percent: Percent }, { additionalProperties: false })),
    billablePhases: leavable(said('all but idle where left out', Phases)),
    collection: leavable(said('charge where left out', Collection)),
    netDays: leavable(said('30 for invoices and 0 else where left out', NetDays)),
  },
  {
    description:
      'Terms hold from their hour until the next. They replace all terms: what is left out is as without terms.',
  },
);
export type TermsEntry = Wire<typeof TermsEntry>;

/** Reads the body of PUT /v1/workspaces/{workspace}/terms. Throws `invalid_request` with every fault. */
export function readTermsEntry(body: unknown): TermsPoint {
  const { effectiveFrom, volumeTiers, programDiscount, ...sent } = readAs(TermsEntry, body, {
    what: 'the terms are',
    rule: (found, at) => {
      checkTiers(found.volumeTiers?.map((tier) => tier?.upTo) ?? [], at());
      checkNetDays(found, at());
    },
  });
  const terms = completeTerms({
    ...sent,
    ...(volumeTiers && {
      volumeTiers: volumeTiers.map(({ upTo, percent }) => ({ upToNanos: upTo, basisPoints: percent })),
    }),
    ...(programDiscount && {
      programDiscount: { kind: programDiscount.kind, basisPoints: programDiscount.percent },
    }),
  });
  return { fromHour: effectiveFrom, terms };
}

const ExactPercent = Type.Number({ minimum: 0, maximum: 100 });
const UpTo = Type.String({ description: 'US dollars, exact', examples: ['10000'] });

export const Terms = answer('Terms', {
  effectiveFrom: OnTheHour,
  effectiveUntil: optional(OnTheHour),
  plan: line(100),
  volumeTiers: Type.Array(Type.Object({ upTo: orNull(UpTo), percent: ExactPercent })),
  programDiscount: orNull(Type.Object({ kind: ProgramKind, percent: ExactPercent })),
  billablePhases: Phases,
  collection: Collection,
  netDays: NetDays,
});
export type Terms = Wire<typeof Terms>;

export const termsAPage = 500;
export const TermsQuery = parameters({
  cursor: optional(cursor((from) => parseInstant(from) !== undefined)),
  limit: optional(limit({ usual: termsAPage, max: 1000 })),
});
