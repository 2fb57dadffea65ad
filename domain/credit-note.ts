// Credit notes: what takes back something of an issued invoice. Minutes that were billed wrongly, goodwill on money, a void.
import type { BillAmounts } from './bill';
import type { DocumentLine } from './invoice';
import type { Cents, Nanos } from './money';

export const creditNoteKinds = ['correction', 'goodwill', 'void', 'refund'] as const;
export type CreditNoteKind = (typeof creditNoteKinds)[number];

export const creditNoteLineKinds = [
  'usage',
  'volume_discount',
  'program_discount',
  'credit',
  'goodwill',
  'refund',
  'adjustment',
] as const;
export type CreditNoteLineKind = (typeof creditNoteLineKinds)[number];

/** What becomes of a void invoice's usage: billed by the next invoice, or never again. */
export const voidUsages = ['owed', 'voided'] as const;
export type VoidUsage = (typeof voidUsages)[number];

/** What the customer is told of a void invoice. */
export function voidSentence(usage: VoidUsage): string {
  const becomes = { owed: 'its usage is billed by a later one', voided: 'its usage is not billed' };
  return `The invoice is void, and ${becomes[usage]}.`;
}

/** A line of a credit note: positive where it gives back. `month` is that of the usage. */
export type CreditNoteLine = DocumentLine<CreditNoteLineKind>;

/** A bill after all notes so far. What is owed may be less than what that bill says is due, as a note never charges. */
export type Standing = BillAmounts & { readonly owedNanos: Nanos };

/** What a credit does: its parts add up to it. */
export type CreditSplit = {
  /** Was written off before, and is so no more. */
  readonly writtenOffCents: Cents;
  /** Less to pay. */
  readonly lowersDueCents: Cents;
  /** Paid already: it is to be refunded. */
  readonly toRefundCents: Cents;
  /** Paid already: it is given as credits. */
  readonly asCreditsCents: Cents;
};
