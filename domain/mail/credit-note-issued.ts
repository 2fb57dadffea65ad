// "Credit note N": an invoice was put right by a document. Says what it takes off and where the money goes.
import { type VoidUsage, voidSentence } from '../credit-note';
import { assertMoney, type Cents } from '../money';
import type { Seller } from '../parties';
import { type ComposedEmail, composeLetter, type Link, type Row } from './letter';
import { type PdfSent, pdfLinks, pdfSentence } from './pdf-sent';
import { plainLine } from './plain';
import { dayName, dollars } from './wording';

export type CreditNoteIssued = {
  readonly number: string;
  /** Of the invoice that it corrects. */
  readonly invoiceNumber: string;
  readonly issuedAtMs: number;
  readonly buyerName: string;
  readonly seller: Seller;
  /** Why, as whoever gave it wrote it for the customer. */
  readonly reason: string;
  readonly creditedCents: Cents;
  /** What the credit did, in parts that add up to it: less to pay, money on its way back, credits for later. */
  readonly lowersDueCents: Cents;
  readonly refundedCents: Cents;
  readonly asCreditsCents: Cents;
  /** Credits of grants that the corrected invoice no longer draws; beside the money. */
  readonly creditsReturnedCents: Cents;
  /** What is left to pay on the invoice now. */
  readonly remainingCents: Cents;
  /** Where it voids the invoice: what becomes of its usage. */
  readonly voidUsage?: VoidUsage;
  readonly pdf: PdfSent;
  readonly invoiceUrl?: string;
};

/**
 * The e-mail of a credit note, also of one that moves no money. Throws `internal` where the parts do not add up to what is
 * credited.
 */
export function composeCreditNoteIssued(facts: CreditNoteIssued): ComposedEmail {
  const { number, invoiceNumber, creditedCents, seller } = facts;
  const parts = facts.lowersDueCents + facts.refundedCents + facts.asCreditsCents;
  assertMoney(parts === creditedCents, `${number}: its parts make ${parts} cents, it credits ${creditedCents}`);
  const amount = dollars(creditedCents);
  // The number of the invoice may be long; amount, kind and reason have to come before it.
  const reason = plainLine(facts.reason, 500);
  return composeLetter({
    subject: `Credit note ${number}: ${amount} for invoice ${invoiceNumber}`,
    preheader: `${amount} credited: ${plainLine(facts.reason, 60)} (invoice ${invoiceNumber})`,
    heading: `Credit note ${number} for invoice ${invoiceNumber}`,
    amount,
    amountSays: 'Credited',
    paragraphs: [
      `Reason: ${reason}`,
      ...(facts.voidUsage === undefined ? [] : [voidSentence(facts.voidUsage)]),
      ...whatFollows(facts),
      pdfSentence('credit note', facts.pdf),
    ],
    rows: rowsOf(facts),
    links: linksOf(facts),
    seller,
  });
}

function whatFollows(facts: CreditNoteIssued): readonly string[] {
  const { lowersDueCents, refundedCents, asCreditsCents, creditsReturnedCents } = facts;
  const sentences = [
    ...(lowersDueCents > 0n ? [`This credit note lowers what is to be paid by ${dollars(lowersDueCents)}.`] : []),
    ...(refundedCents > 0n ? [`${dollars(refundedCents)} are paid back to you.`] : []),
    ...(asCreditsCents > 0n ? [`${dollars(asCreditsCents)} are yours as credits for later usage.`] : []),
    ...(creditsReturnedCents > 0n
      ? [`Credits of ${dollars(creditsReturnedCents)} that the invoice had used are yours again.`]
      : []),
  ];
  return sentences.length === 0 ? ['No money moves.'] : sentences;
}

function rowsOf(facts: CreditNoteIssued): readonly Row[] {
  return [
    { label: 'Credited to', value: plainLine(facts.buyerName) },
    { label: 'Credit note', value: facts.number },
    { label: 'For invoice', value: facts.invoiceNumber },
    { label: 'Issued', value: dayName(facts.issuedAtMs) },
    { label: 'Credited', value: dollars(facts.creditedCents), strong: true },
    { label: 'Left to pay on the invoice', value: dollars(facts.remainingCents) },
  ];
}

function linksOf({ invoiceUrl, pdf }: CreditNoteIssued): readonly Link[] {
  return [
    ...(invoiceUrl === undefined ? [] : [{ label: 'See the invoice', url: invoiceUrl }]),
    ...pdfLinks('credit note', pdf),
  ];
}
