// The lines of a credit note for minutes: usage, discounts and credits that go with it, and what makes them the amount.
import { totalBy } from './bill';
import type { CreditNoteLine, Standing } from './credit-note';
import type { Draw } from './credits';
import { assertMoney, type Cents, centsToNanos, type Nanos, nanos, shareCents, sumNanos } from './money';
import { type Month, monthName } from './period';

/** Minutes of one model, version, instance type and price that an invoice loses; `minutes` as many as `hours`. */
export type LostUsage = {
  readonly month: Month;
  readonly model: string;
  readonly version: string;
  readonly instanceType: string;
  readonly priceNanos: Nanos;
  /** Hours since the epoch. */
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
};

export type NoteChange = {
  readonly before: Standing;
  readonly after: Standing;
  readonly amountCents: Cents;
  readonly notCreditedCents: Cents;
};

type Draft = Omit<CreditNoteLine, 'position' | 'amountCents'>;

/**
 * Composes the lines: what is given back is positive. Their cents are shared out by largest remainder, so that they add up
 * to the amount.
 */
export function composeNoteLines(
  note: NoteChange & {
    /** Of the invoice. */
    readonly month: Month;
    readonly lost: readonly LostUsage[];
    readonly returns: readonly Draw[];
  },
): readonly CreditNoteLine[] {
  const { month, before, after } = note;
  const drafts = [
    ...note.lost.map((line) => usageDraft(month, line)),
    ...draftUnlessZero(
      'volume_discount',
      'Volume discount on it',
      month,
      after.volumeDiscountNanos - before.volumeDiscountNanos,
    ),
    ...draftUnlessZero(
      'program_discount',
      'Program discount on it',
      month,
      after.programDiscountNanos - before.programDiscountNanos,
    ),
    ...creditDrafts(month, note.returns),
    ...draftUnlessZero('adjustment', 'Not charged: discounts and credits that it would lose', month, waivedNanos(note)),
    ...draftUnlessZero('adjustment', 'Credited before', month, -centsToNanos(note.notCreditedCents)),
  ];
  const exact = drafts.map((draft) => draft.exactNanos);
  const owed = before.owedNanos - after.owedNanos - centsToNanos(note.notCreditedCents);
  assertMoney(sumNanos(exact) === owed, `the lines of the note for ${month} add up to what is owed less`);
  const shares = shareCents(exact, note.amountCents);
  return drafts.map((draft, at) => ({ position: at + 1, ...draft, amountCents: shares[at] ?? note.amountCents }));
}

/** What the smaller bill would charge more, were it not for the rule that a note never charges. */
export function waivedNanos({ before, after }: Pick<NoteChange, 'before' | 'after'>): Nanos {
  return nanos(after.amountDueNanos - after.owedNanos - (before.amountDueNanos - before.owedNanos));
}

/** The minutes that a note takes off a line, and their list amount. */
export function lostTotals(line: LostUsage): { readonly replicaMinutes: number; readonly listNanos: Nanos } {
  const replicaMinutes = line.minutes.reduce((sum, minutes) => sum + minutes, 0);
  return { replicaMinutes, listNanos: nanos(BigInt(replicaMinutes) * line.priceNanos) };
}

function usageDraft(month: Month, line: LostUsage): Draft {
  const { replicaMinutes, listNanos } = lostTotals(line);
  const description = `${line.model} ${line.version} on ${line.instanceType}`;
  const { model, version, instanceType, priceNanos } = line;
  return {
    kind: 'usage',
    description: line.month === month ? description : `${description} (${monthName(line.month)})`,
    month: line.month,
    model,
    version,
    instanceType,
    replicaMinutes,
    priceNanos,
    exactNanos: listNanos,
  };
}

function creditDrafts(month: Month, returns: readonly Draw[]): Draft[] {
  return totalBy(returns, (draw) => draw.grantKey).flatMap(({ grantKey, amountNanos }) =>
    draftUnlessZero('credit', `Credits returned: ${grantKey}`, month, -amountNanos),
  );
}

function draftUnlessZero(kind: Draft['kind'], description: string, month: Month, amount: bigint): Draft[] {
  return amount === 0n ? [] : [{ kind, description, month, exactNanos: nanos(amount) }];
}
