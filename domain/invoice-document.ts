// What an issued invoice says to its customer: stored facts, grouped and put into words, ready to be laid out.
import { addressLinesOf } from './address';
import type { Conditions } from './conditions';
import { MinutebookError } from './errors';
import { invoiceNumber } from './ids';
import {
  type InvoiceBalance,
  type InvoiceLine,
  type InvoiceLineKind,
  type InvoiceStatus,
  initialStatus,
} from './invoice';
import { plainLine } from './mail/plain';
import { dayName } from './mail/wording';
import { minutesMean } from './minutes-mean';
import { type Cents, cents } from './money';
import type { Buyer, Seller } from './parties';
import type { Month } from './period';
import type { TermsPoint } from './terms';

/** An invoice as it was issued, and what became of it. */
export type IssuedInvoice = Conditions &
  InvoiceBalance & {
    readonly workspace: string;
    readonly status: InvoiceStatus;
    readonly number: number;
    readonly month: Month;
    readonly issuedAtMs: number;
    readonly totalCents: Cents;
    /** What was written off at its issue: credit notes may have lowered it since. */
    readonly overrunCents: Cents;
    readonly seller: Seller;
    readonly buyer: Buyer;
    readonly parts: readonly { readonly month: Month; readonly late: boolean }[];
  };

/**
 * An invoice as it was on the day of its issue, before anything was paid or credited; what was written off then is. It never changes, so that what is
 * made of it is the same whenever it is made.
 */
export function asIssued<Invoice extends IssuedInvoice>(invoice: Invoice): Invoice {
  const nothing = cents(0n);
  const remainingCents = cents(invoice.totalCents - invoice.overrunCents);
  return {
    ...invoice,
    status: initialStatus(remainingCents),
    paidCents: nothing,
    returnedCents: nothing,
    refundedCents: nothing,
    creditedCents: nothing,
    writtenOffCents: invoice.overrunCents,
    remainingCents,
    toRefundCents: nothing,
  };
}

/** The same, paid in full and nothing else, as a receipt has it. */
export function asPaid<Invoice extends IssuedInvoice>(invoice: Invoice): Invoice {
  const { totalCents } = invoice;
  return { ...asIssued(invoice), status: 'paid', paidCents: totalCents, remainingCents: cents(0n) };
}

/**
 * The facts of an invoice's document: its lines by month, discounts and grants by name, the sums, how it is paid. What was
 * issued never changes, nor do the terms of closed hours; what was paid and credited since stands below the total.
 */
export function composeInvoiceDocument(of: {
  readonly invoice: IssuedInvoice;
  readonly lines: readonly InvoiceLine[];
  readonly terms: readonly TermsPoint[];
  /** What it was paid with, in words, the first payment first. */
  readonly paidBy?: readonly string[];
}) {
  const { invoice, lines, terms, paidBy = [] } = of;
  const linesOf = (...kinds: InvoiceLineKind[]) => lines.filter(({ kind }) => kinds.includes(kind));
  const usage = linesOf('usage');
  const credits = linesOf('credit');
  return {
    kind: 'invoice' as const,
    status: invoice.status,
    number: invoiceNumber(invoice),
    issuedAtMs: invoice.issuedAtMs,
    // Of nothing nobody wants to know by when.
    ...(invoice.totalCents === invoice.overrunCents || invoice.status === 'void' ? {} : { dueAtMs: invoice.dueAtMs }),
    periods: [invoice.month],
    seller: invoice.seller,
    buyer: buyerFacts(invoice.buyer),
    usage: invoice.parts.map(({ month, late }) => ({
      month,
      late,
      lines: usage.filter((line) => line.month === month).map(usageFacts),
    })),
    discounts: linesOf('volume_discount', 'program_discount').map(named),
    credits: credits.map(named),
    subtotalCents: sumOf(usage),
    totalCents: invoice.totalCents,
    paidCents: invoice.paidCents,
    returnedCents: invoice.returnedCents,
    refundedCents: invoice.refundedCents,
    creditedCents: invoice.creditedCents,
    writtenOffCents: invoice.writtenOffCents,
    remainingCents: invoice.remainingCents,
    toRefundCents: invoice.toRefundCents,
    payment: paymentOf(invoice, { hasCredits: credits.length > 0, paidBy }),
    minutesMean: minutesMean({ terms, months: invoice.parts.map(({ month }) => month) }),
  };
}

// Marks that turn the direction of writing end with the text that they are in: each of these is laid out by itself, and
// only the lines of an address are put together out of several.
export function buyerFacts({ name, address, taxId, purchaseOrder, emails }: Buyer) {
  return {
    name,
    ...(address === null ? {} : { addressLines: addressLinesOf(address, plainLine) }),
    ...(taxId === null ? {} : { taxId }),
    ...(purchaseOrder === null ? {} : { purchaseOrder }),
    emails,
  };
}

/** A line of usage, of an invoice or a credit note. Throws `internal` where it lacks something. */
export function usageFacts(line: Omit<InvoiceLine, 'kind'>) {
  const { model, version, instanceType, replicaMinutes: minutes, priceNanos, amountCents } = line;
  if (
    model === undefined ||
    version === undefined ||
    instanceType === undefined ||
    minutes === undefined ||
    priceNanos === undefined
  ) {
    const detail = `expected a usage line to have a model, version, instance type, minutes and price: line ${line.position}`;
    throw new MinutebookError({ code: 'internal', detail });
  }
  return { model, version, instanceType, minutes, priceNanos, amountCents };
}

export function named({ description, amountCents }: Pick<InvoiceLine, 'description' | 'amountCents'>) {
  return { name: description, amountCents };
}

function sumOf(lines: readonly InvoiceLine[]): Cents {
  return cents(lines.reduce((sum, { amountCents }) => sum + amountCents, 0n));
}

type Settled = { readonly hasCredits: boolean; readonly paidBy: readonly string[] };

function paymentOf(invoice: IssuedInvoice, { hasCredits, paidBy }: Settled): string {
  if (invoice.totalCents === 0n) {
    return hasCredits ? 'Credits cover this invoice: there is nothing to pay.' : 'There is nothing to pay.';
  }
  switch (invoice.status) {
    case 'issued':
      return askingOf(invoice);
    case 'paid':
      return paidOf(invoice, paidBy);
    case 'past_due':
      return `It was due on ${dayName(invoice.dueAtMs)}: please pay now and name the invoice number.`;
    case 'uncollectible':
      return `It was due on ${dayName(invoice.dueAtMs)} and is not collected any more. It can still be paid.`;
    case 'void':
      return 'This invoice is void: nothing is to be paid for it.';
    default:
      return invoice.status satisfies never;
  }
}

function askingOf({ collection, dueAtMs, remainingCents, totalCents }: IssuedInvoice): string {
  switch (collection) {
    case 'charge':
      return `${remainingCents < totalCents ? 'What remains' : 'The amount'} is charged to the payment method on file.`;
    case 'invoice':
      return `Please pay by ${dayName(dueAtMs)} and name the invoice number.`;
    default:
      return collection satisfies never;
  }
}

function paidOf(
  { paidCents, creditedCents, writtenOffCents, totalCents, toRefundCents }: IssuedInvoice,
  paidBy: readonly string[],
): string {
  const back = toRefundCents > 0n ? ' What was credited after it was paid goes back to you.' : '';
  if (creditedCents === totalCents) return `Credit notes take it back whole: there is nothing to pay.${back}`;
  if (writtenOffCents === totalCents) {
    return 'It is usage after your credits ran out, which is written off: there is nothing to pay.';
  }
  if (creditedCents === 0n && paidCents >= totalCents) {
    const how = [...new Set(paidBy.map((text) => plainLine(text)))].join(' and ');
    return `It is paid in full${how === '' ? '' : ` by ${how}`}. Thank you.`;
  }
  return `There is nothing left to pay.${back}`;
}
