// What stands on the paper, in words: a document's facts as titles, tables and sentences, before anything is measured.
import { formatUsdGrouped } from '../../domain/money';
import { type Month, monthName } from '../../domain/period';
import type { BillingDocument, CreditNoteDocument, InvoiceDocument, NamedAmount, UsagePart } from './document';
import { amount, date, dollars, wholeNumber } from './figures';
import { assertAddsUp, type Total, totalsOf } from './totals';

/** Numbers are set under one another by their decimal point. */
export type Column = { readonly head: string; readonly kind: 'text' | 'number' };

/** Rows and columns under a title; each row has as many cells as there are columns. */
export type Listing = {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
};

export type Content = {
  /** `Invoice acme-0001`. */
  readonly title: string;
  readonly heading: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** Name first. */
  readonly seller: readonly string[];
  readonly buyer: readonly string[];
  /** What matters most, in a few large words. */
  readonly summary: string;
  readonly statements: readonly string[];
  readonly listings: readonly Listing[];
  readonly totals: readonly Total[];
  readonly notes: readonly { readonly title: string; readonly text: string }[];
  readonly footer: string;
};

const usageColumns: readonly Column[] = [
  { head: 'Model', kind: 'text' },
  { head: 'Version', kind: 'text' },
  { head: 'Instance type', kind: 'text' },
  { head: 'Minutes', kind: 'number' },
  { head: 'Price per minute', kind: 'number' },
  { head: 'Amount', kind: 'number' },
];

/** Throws `internal` where the lines do not add up to what the document says: such a one leaves nobody's house. */
export function contentOf(document: BillingDocument): Content {
  assertAddsUp(document);
  const invoice = document.kind === 'invoice';
  const heading = invoice ? 'Invoice' : 'Credit note';
  const { seller } = document;
  return {
    title: `${heading} ${document.number}`,
    heading,
    facts: invoice ? invoiceFacts(document) : creditNoteFacts(document),
    seller: [seller.name, ...seller.addressLines, ...optional(seller.email), ...seller.taxIds],
    buyer: buyerLines(document),
    summary: invoice ? invoiceSummary(document) : `${dollars(document.amountCents)} credited`,
    statements: invoice ? [document.payment] : [`Reason: ${document.reason}`, document.settlement],
    listings: [
      ...document.usage.map((part) => usageListing(part, invoice)),
      ...namedListing('Discounts', document.discounts),
      ...namedListing('Credits', document.credits),
      ...(invoice ? [] : namedListing('Adjustments', document.adjustments)),
    ],
    totals: totalsOf(document),
    notes: document.usage.length > 0 ? [{ title: 'About the minutes', text: document.minutesMean }] : [],
    footer: seller.footer ?? '',
  };
}

function optional(text: string | undefined): string[] {
  return text ? [text] : [];
}

function invoiceFacts(document: InvoiceDocument): Content['facts'] {
  const { dueAtMs, buyer } = document;
  return [
    { label: 'Invoice number', value: document.number },
    { label: 'Date of issue', value: date(document.issuedAtMs) },
    ...(dueAtMs === undefined ? [] : [{ label: 'Due', value: date(dueAtMs) }]),
    ...periodFacts(document.periods),
    ...optional(buyer.purchaseOrder).map((value) => ({ label: 'Purchase order', value })),
    currency,
  ];
}

function creditNoteFacts(document: CreditNoteDocument): Content['facts'] {
  return [
    { label: 'Credit note number', value: document.number },
    { label: 'Date of issue', value: date(document.issuedAtMs) },
    { label: 'For invoice', value: document.invoice.number },
    { label: 'Invoice issued', value: date(document.invoice.issuedAtMs) },
    ...periodFacts(document.periods),
    ...optional(document.buyer.purchaseOrder).map((value) => ({ label: 'Purchase order', value })),
    currency,
  ];
}

const currency = { label: 'Currency', value: 'US dollar (USD)' };

function periodFacts(periods: readonly Month[]): Content['facts'] {
  return periods.length === 0 ? [] : [{ label: 'Period', value: periods.map(monthName).join(', ') }];
}

function buyerLines({ buyer }: BillingDocument): string[] {
  const { name, addressLines = [], taxId, emails } = buyer;
  return [name, ...addressLines, ...optional(taxId && `Tax ID ${taxId}`), ...emails];
}

function invoiceSummary({ status, remainingCents, totalCents, paidCents, dueAtMs }: InvoiceDocument): string {
  if (status === 'void') return 'Void';
  if (status === 'past_due') return `${dollars(remainingCents)} past due`;
  if (remainingCents > 0n) {
    return `${dollars(remainingCents)} to pay${dueAtMs === undefined ? '' : ` by ${date(dueAtMs)}`}`;
  }
  if (totalCents === 0n) return 'Nothing to pay';
  return paidCents >= totalCents ? `${dollars(totalCents)} paid` : 'Nothing left to pay';
}

function usageListing({ month, late, lines }: UsagePart, billed: boolean): Listing {
  const about = billed ? (late ? ', reported late' : '') : ', credited';
  return {
    title: `Usage of ${monthName(month)}${about}`,
    columns: usageColumns,
    rows: lines.map(({ model, version, instanceType, minutes, priceNanos, amountCents }) => [
      model,
      version,
      instanceType,
      wholeNumber(minutes),
      formatUsdGrouped(priceNanos),
      amount(amountCents),
    ]),
  };
}

function namedListing(head: string, amounts: readonly NamedAmount[]): Listing[] {
  if (amounts.length === 0) return [];
  const columns: readonly Column[] = [
    { head: 'Description', kind: 'text' },
    { head: 'Amount', kind: 'number' },
  ];
  return [{ title: head, columns, rows: amounts.map((each) => [each.name, amount(each.amountCents)]) }];
}
