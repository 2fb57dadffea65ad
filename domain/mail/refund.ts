// "Refund of $N": money is on its way back. Says how much, where to and why, and when it will be there.
import { MinutebookError } from '../errors';
import { type Cents, cents } from '../money';
import type { Seller } from '../parties';
import { parseInstant } from '../period';
import { type ComposedEmail, composeLetter, type Row } from './letter';
import { type PdfSent, pdfLinks, pdfSentence } from './pdf-sent';
import { plainLine } from './plain';
import { dayName, dollars } from './wording';

/** What it says, as it is stored: amounts and instants as text. `note` is the id of its credit note, where it has one. */
export type RefundFacts = {
  /** Of the invoice. */
  readonly number: string;
  readonly refundedAt: string;
  readonly reason: string;
  /** `reference`: paid out by hand under it. */
  readonly parts: readonly { readonly cents: string; readonly to: string; readonly reference?: string }[];
  readonly note?: string;
};

export function composeRefund(
  facts: RefundFacts & { readonly buyerName: string },
  { seller, pdf }: { readonly seller: Seller; readonly pdf: PdfSent },
): ComposedEmail {
  const { number, parts, reason } = facts;
  const document = facts.note === undefined ? 'invoice' : 'credit note';
  const amount = dollars(cents(parts.reduce((sum, part) => sum + centsOf(part.cents), 0n)));
  return composeLetter({
    subject: `Refund of ${amount} for invoice ${number}`,
    preheader: `${amount} on the way back to you: ${plainLine(reason, 60)} (invoice ${number})`,
    heading: `Refund for invoice ${number}`,
    amount,
    amountSays: 'On the way back to you',
    paragraphs: [`Reason: ${plainLine(reason, 200)}`, ...whenThere(facts), pdfSentence(document, pdf)],
    rows: rowsOf(facts),
    links: pdfLinks(document, pdf),
    seller,
  });
}

function whenThere({ parts }: RefundFacts): readonly string[] {
  const byHand = parts.some(({ reference }) => reference !== undefined);
  const byStripe = parts.some(({ reference }) => reference === undefined);
  return [
    ...(byStripe ? ['Banks take 5 to 10 days to show a refund on a card or account.'] : []),
    ...(byHand ? ['What came by bank transfer was paid out by bank transfer.'] : []),
  ];
}

function rowsOf(facts: RefundFacts & { readonly buyerName: string }): readonly Row[] {
  return [
    { label: 'Refunded to', value: plainLine(facts.buyerName) },
    { label: 'Invoice', value: facts.number },
    { label: 'Date', value: dayOf(facts.refundedAt) },
    ...facts.parts.map(({ cents: part, to, reference }) => ({
      label: reference === undefined ? `To ${plainLine(to)}` : `Paid out under ${plainLine(reference)}`,
      value: dollars(centsOf(part)),
    })),
  ];
}

function centsOf(text: string): Cents {
  return cents(BigInt(text));
}

function dayOf(text: string): string {
  const ms = parseInstant(text);
  if (ms !== undefined) return dayName(ms);
  throw new MinutebookError({
    code: 'internal',
    detail: `the e-mail of a refund has ${text} where an instant was expected`,
  });
}
