// "Invoice N": a month has been billed. The one e-mail of an ordinary month.
import { assertMoney, type Cents, cents } from '../money';
import type { Seller } from '../parties';
import { type Month, monthName } from '../period';
import { type ComposedEmail, composeLetter, type Link, type Row } from './letter';
import { type PdfSent, pdfLinks, pdfSentence } from './pdf-sent';
import { plainLine } from './plain';
import { dayName, dollars, writtenOffLabel } from './wording';

export type InvoiceIssued = {
  readonly number: string;
  readonly month: Month;
  readonly issuedAtMs: number;
  readonly buyerName: string;
  readonly purchaseOrder?: string;
  readonly seller: Seller;
  /** The sums of the invoice's lines by kind, in their cents: usage less discounts less credits is the total. */
  readonly usageCents: Cents;
  readonly discountCents: Cents;
  readonly creditsAppliedCents: Cents;
  readonly totalCents: Cents;
  /** Of the total: usage after the credits ran out, which is not asked for. Left out: nothing. */
  readonly writtenOffCents?: Cents;
  readonly settlement: Settlement;
  readonly pdf: PdfSent;
  /** The invoice on the billing page, where there is one. */
  readonly invoiceUrl?: string;
};

/** What is to become of what is asked for: the total less what is written off. */
export type Settlement =
  | { readonly kind: 'nothing_to_pay' }
  | {
      readonly kind: 'due';
      readonly dueCents: Cents;
      readonly dueAtMs: number;
      readonly payUrl?: string;
      /** Where one can be added: there is none on file that could be charged. */
      readonly methodUrl?: string;
    }
  | { readonly kind: 'paid'; readonly paidAtMs: number; readonly method: string }
  | { readonly kind: 'processing'; readonly method: string }
  /** Too little to be charged alone: it waits for the next invoice. */
  | { readonly kind: 'carried' };

/**
 * The e-mail of an issued invoice. Throws `internal` where the sums do not make the total, or an invoice with something
 * to pay claims that there is nothing.
 */
export function composeInvoiceIssued(facts: InvoiceIssued): ComposedEmail {
  const { number, month, totalCents, settlement, seller } = facts;
  const sum = facts.usageCents - facts.discountCents - facts.creditsAppliedCents;
  assertMoney(sum === totalCents, `${number}: its lines make ${sum} cents, its total is ${totalCents}`);
  const isNothing = settlement.kind === 'nothing_to_pay';
  const askedCents = askedOf(facts);
  assertMoney(isNothing === (askedCents === 0n), `${number}: ${askedCents} cents are ${settlement.kind}`);
  const says = sayingOf(facts);
  return composeLetter({
    subject: `Invoice ${number}: ${says.subject}`,
    preheader: `${says.preview} ${monthName(month)}. Invoice ${number}.`,
    heading: `Invoice ${number} for ${monthName(month)}`,
    amount: dollars(says.cents),
    amountSays: says.amount,
    paragraphs: [says.sentence, pdfSentence('invoice', facts.pdf)],
    rows: rowsOf(facts),
    ...(says.button === undefined ? {} : { button: says.button }),
    links: linksOf(facts),
    seller,
  });
}

type Saying = {
  readonly subject: string;
  /** Followed by the month, which is the reason. */
  readonly preview: string;
  readonly cents: Cents;
  readonly amount: string;
  readonly sentence: string;
  readonly button?: Link;
};

function sayingOf(facts: InvoiceIssued): Saying {
  const { settlement, issuedAtMs } = facts;
  const askedCents = askedOf(facts);
  const total = dollars(askedCents);
  switch (settlement.kind) {
    case 'nothing_to_pay':
      return {
        subject: 'nothing to pay',
        preview: '$0.00, nothing to pay for',
        cents: askedCents,
        amount: 'Nothing to pay',
        sentence: `${coveredBy(facts)}, so there is nothing for you to do.`,
      };
    case 'due':
      return dueSaying(settlement, dayName(issuedAtMs));
    case 'paid':
      return {
        subject: `${total} paid`,
        preview: `${total} paid for`,
        cents: askedCents,
        amount: `Paid on ${dayName(settlement.paidAtMs)}`,
        sentence: `It was paid with ${settlement.method}. This is also your receipt.`,
      };
    case 'processing':
      return {
        subject: `${total}, payment under way`,
        preview: `${total}, payment under way, for`,
        cents: askedCents,
        amount: 'Payment under way',
        sentence: `It is being collected from ${settlement.method}, which takes some days. There is nothing for you to do.`,
      };
    case 'carried':
      return {
        subject: `${total}, carried forward`,
        preview: `${total}, carried forward, for`,
        cents: askedCents,
        amount: 'Carried forward',
        sentence:
          'It is too little to be charged alone and is collected with a later invoice. There is nothing for you to do.',
      };
    default:
      return settlement satisfies never;
  }
}

function askedOf({ totalCents, writtenOffCents = cents(0n) }: InvoiceIssued): Cents {
  return cents(totalCents - writtenOffCents);
}

function coveredBy({ creditsAppliedCents, writtenOffCents = cents(0n) }: InvoiceIssued): string {
  const credits = dollars(creditsAppliedCents);
  if (writtenOffCents > 0n) {
    const ran = `the ${dollars(writtenOffCents)} of usage after your credits ran out are written off`;
    return creditsAppliedCents > 0n
      ? `Credits of ${credits} cover a part of it, and ${ran}`
      : ran.replace('the', 'The');
  }
  return creditsAppliedCents > 0n ? `Credits of ${credits} cover it` : 'It came to zero';
}

const addMethod =
  ' There is no payment method on file that can be charged: pay through the link, or add one, and this and later invoices are charged to it.';

// Who is to pay on the day of the issue is not given a date that may have passed when it is read.
function dueSaying(settlement: Settlement & { readonly kind: 'due' }, issued: string): Saying {
  const { dueCents, dueAtMs, payUrl, methodUrl } = settlement;
  const [amount, day] = [dollars(dueCents), dayName(dueAtMs)];
  const isNow = day === issued;
  const due = isNow ? 'due now' : `due ${day}`;
  return {
    subject: `${amount} ${due}`,
    preview: `${amount} ${due} for`,
    cents: dueCents,
    amount: isNow ? 'Due now' : `Due ${day}`,
    sentence: `Please pay ${amount} ${isNow ? 'now' : `by ${day}`}.${methodUrl === undefined ? '' : addMethod}`,
    ...(payUrl === undefined ? {} : { button: { label: `Pay ${amount}`, url: payUrl } }),
  };
}

function rowsOf(facts: InvoiceIssued): readonly Row[] {
  const { number, purchaseOrder, discountCents, creditsAppliedCents, writtenOffCents = cents(0n) } = facts;
  return [
    { label: 'Billed to', value: plainLine(facts.buyerName) },
    { label: 'Invoice', value: number },
    { label: 'Issued', value: dayName(facts.issuedAtMs) },
    ...(purchaseOrder === undefined ? [] : [{ label: 'Purchase order', value: plainLine(purchaseOrder) }]),
    { label: 'Usage', value: dollars(facts.usageCents) },
    ...(discountCents === 0n ? [] : [{ label: 'Discounts', value: dollars(cents(-discountCents)) }]),
    ...(creditsAppliedCents === 0n ? [] : [{ label: 'Credits', value: dollars(cents(-creditsAppliedCents)) }]),
    { label: 'Total', value: dollars(facts.totalCents), strong: true },
    ...(writtenOffCents === 0n ? [] : [{ label: writtenOffLabel, value: dollars(cents(-writtenOffCents)) }]),
  ];
}

function linksOf({ invoiceUrl, pdf, settlement }: InvoiceIssued): readonly Link[] {
  const methodUrl = settlement.kind === 'due' ? settlement.methodUrl : undefined;
  return [
    ...(methodUrl === undefined ? [] : [{ label: 'Add a payment method', url: methodUrl }]),
    ...(invoiceUrl === undefined ? [] : [{ label: 'See the invoice and its usage', url: invoiceUrl }]),
    ...pdfLinks('invoice', pdf),
  ];
}
