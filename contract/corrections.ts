// Corrections: minutes that were billed wrongly are voided.
import { Type } from '@sinclair/typebox';
import { refundsAs } from '../domain/correction';
import { creditsKeyLengthMax, type CorrectionEntry as Entry, wholeMinutes } from '../domain/void-ranges';
import { Bill } from './bill';
import { CreditNote, Reason } from './credit-notes';
import { cursor, limit, numberPart } from './pages';
import { readAs } from './reading';
import { Id, Instant, Minutes, Month, Name, words } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';

const As = words(refundsAs, 'what becomes of what was paid already');

const selectors = { version: leavable(Name), instanceType: leavable(Name), replica: leavable(Name) };
const range = { from: said('taken down to the minute', Instant), to: said('taken up to the minute', Instant) };

export const VoidEntry = entry(
  'VoidEntry',
  { model: Name, ...selectors, ...range },
  { description: 'Every minute that the range touches, of all that the selectors match, in all phases.' },
);
export const CorrectionEntry = entry('CorrectionEntry', {
  key: said('the same key again voids nothing more', Id),
  reason: Reason,
  as: leavable(said('refund where left out', As)),
  void: Type.Array(VoidEntry, { minItems: 1, maxItems: 100 }),
});
export type CorrectionEntry = Wire<typeof CorrectionEntry>;

/** Reads the body of POST /v1/workspaces/{workspace}/corrections. Throws `invalid_request` with every fault. */
export function readCorrectionEntry(body: unknown): Entry {
  const sent = readAs(CorrectionEntry, body, {
    what: 'the correction is',
    rule: ({ key, as, void: ranges = [] }, at) => {
      const complain = at();
      ranges.forEach((each, index) => {
        if (each?.from === undefined || each.to === undefined || each.from < each.to) return;
        complain(`void[${index}].to`, 'expected an instant after from');
      });
      if (as === 'credits' && key !== undefined && key.length > creditsKeyLengthMax) {
        const expected = `at most ${creditsKeyLengthMax} characters where as is credits, as grants are named by it`;
        complain('key', `expected ${expected}; came ${key.length}`);
      }
    },
  });
  const { key, reason, as = 'refund' } = sent;
  const ranges = sent.void.map(({ from, to, ...which }) => ({
    ...which,
    ...wholeMinutes({ fromMs: from, toMs: to }),
  }));
  return { key, reason, as, ranges };
}

export const CorrectionQuery = parameters({
  preview: optional(words(['true', 'false'], 'true: nothing is changed, and both bills are answered')),
});

export const CorrectedBill = answer(
  'CorrectedBill',
  {
    period: Month,
    invoice: optional(said('left out: the period has none yet', Type.String())),
    before: Bill,
    after: Bill,
  },
  { description: 'A bill without and with the correction; what is due never grows.' },
);

export const Correction = answer('Correction', {
  key: Id,
  reason: Type.String(),
  as: As,
  void: Type.Array(
    Type.Object({
      model: Name,
      version: optional(Name),
      instanceType: optional(Name),
      replica: optional(Name),
      from: Instant,
      to: Instant,
    }),
  ),
  voidMinutes: said('how many minutes of replicas it made void', Minutes),
  madeAt: Instant,
  takenBackAt: optional(said('its minutes count again; its credit notes stay', Instant)),
  creditNotes: Type.Array(CreditNote, { description: 'one for each invoice that lost billable minutes' }),
  bills: optional(Type.Array(CorrectedBill, { description: 'of a preview' })),
});
export type Correction = Wire<typeof Correction>;

export const correctionsAPage = 20;
export const CorrectionsQuery = parameters({
  cursor: optional(cursor(numberPart)),
  limit: optional(limit({ usual: correctionsAPage, max: 100 })),
});
