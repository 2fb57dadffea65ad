// What a credit note says to its customer: stored facts, grouped and put into words, ready to be laid out.
import {
  type CreditNoteKind,
  type CreditNoteLine,
  type CreditNoteLineKind,
  type CreditSplit,
  type VoidUsage,
  voidSentence,
} from './credit-note';
import { creditNoteNumber, invoiceNumber } from './ids';
import { buyerFacts, type IssuedInvoice, named, usageFacts } from './invoice-document';
import { minutesMean } from './minutes-mean';
import { type Cents, centsToNanos, formatUsdGrouped, type Nanos, roundToCentsHalfUp } from './money';
import type { TermsPoint } from './terms';

export type IssuedCreditNote = CreditSplit & {
  readonly workspace: string;
  readonly number: number;
  readonly kind: CreditNoteKind;
  readonly reason: string;
  readonly voidUsage: VoidUsage | null;
  readonly amountCents: Cents;
  readonly creditsReturnedNanos: Nanos;
  readonly issuedAtMs: number;
};

export type CreditedInvoice = Pick<
  IssuedInvoice,
  'workspace' | 'number' | 'month' | 'issuedAtMs' | 'totalCents' | 'seller' | 'buyer'
>;

/**
 * The facts of a credit note's document: who sells and who buys as its invoice has them, the minutes that it takes off by
 * month, and what became of the money. All of it stands since its issue. One of money alone has its reason and no lines.
 */
export function composeCreditNoteDocument(of: {
  readonly note: IssuedCreditNote;
  readonly lines: readonly CreditNoteLine[];
  readonly invoice: CreditedInvoice;
  readonly terms: readonly TermsPoint[];
}) {
  const { note, lines, invoice, terms } = of;
  const linesOf = (...kinds: CreditNoteLineKind[]) => lines.filter(({ kind }) => kinds.includes(kind));
  const usage = linesOf('usage');
  const months = [...new Set(usage.map(({ month }) => month))].sort();
  return {
    kind: 'credit_note' as const,
    number: creditNoteNumber(note),
    issuedAtMs: note.issuedAtMs,
    invoice: { number: invoiceNumber(invoice), issuedAtMs: invoice.issuedAtMs },
    periods: [invoice.month],
    seller: invoice.seller,
    buyer: buyerFacts(invoice.buyer),
    reason: note.reason,
    usage: months.map((month) => ({
      month,
      late: month !== invoice.month,
      lines: usage.filter((line) => line.month === month).map(usageFacts),
    })),
    discounts: linesOf('volume_discount', 'program_discount').map(named),
    credits: linesOf('credit').map(named),
    adjustments: linesOf('adjustment').map(named),
    amountCents: note.amountCents,
    settlement: settlementOf(note),
    minutesMean: minutesMean({ terms, months }),
  };
}

function settlementOf(note: IssuedCreditNote): string {
  const { lowersDueCents, toRefundCents, asCreditsCents, writtenOffCents } = note;
  const returnedCents = roundToCentsHalfUp(note.creditsReturnedNanos);
  const money = [
    ...(lowersDueCents > 0n ? [`This credit note lowers what is to be paid by ${dollars(lowersDueCents)}.`] : []),
    ...(toRefundCents > 0n ? [`${dollars(toRefundCents)} had been paid and is paid back.`] : []),
    ...(asCreditsCents > 0n
      ? [`${dollars(asCreditsCents)} had been paid and is given as credits for later usage.`]
      : []),
    ...(writtenOffCents > 0n ? [`${dollars(writtenOffCents)} was not asked for any more.`] : []),
    ...(returnedCents > 0n
      ? [`Credits of ${dollars(returnedCents)} that the invoice had used can be used again.`]
      : []),
  ];
  const voiding = note.voidUsage === null ? [] : [voidSentence(note.voidUsage)];
  return [...voiding, ...(money.length === 0 ? ['No money moves.'] : money)].join(' ');
}

function dollars(amountCents: Cents): string {
  return `${formatUsdGrouped(centsToNanos(amountCents))} USD`;
}
