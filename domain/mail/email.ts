// An e-mail as it is stored: what kind it is, what it is about and what it says, from which it is composed whenever it is sent.

import type { CreditSplit, VoidUsage } from '../credit-note';
import { MinutebookError } from '../errors';
import type { ComposedInvoice } from '../invoice';
import { type Cents, cents, type Nanos, roundToCentsHalfUp } from '../money';
import type { Seller } from '../parties';
import { dayMs, formatInstant, hourOf, type Month, parseInstant } from '../period';
import { type TermsPoint, termsInForce } from '../terms';
import { type CardExpiresFacts, composeCardExpires } from './card-expires';
import { type CollectingFacts, collectingKinds, composeCollecting } from './collecting-email';
import { composeCreditNoteIssued } from './credit-note-issued';
import { composeGuardMail, type GuardFacts, guardKinds } from './guard-email';
import { composeInvoiceIssued, type Settlement } from './invoice-issued';
import type { ComposedEmail } from './letter';
import type { PdfSent } from './pdf-sent';
import { composeRefund, type RefundFacts } from './refund';
import { composeRefundFailed, type RefundFailedFacts } from './refund-failed';

export const emailKinds = [
  'invoice_issued',
  'credit_note_issued',
  'refund',
  'refund_failed',
  ...collectingKinds,
  'card_expires',
  ...guardKinds,
] as const;
export type EmailKind = (typeof emailKinds)[number];

/** What an issued invoice's e-mail says; the buyer is added as the workspace has it. Amounts as text, as JSON has them. */
export type InvoiceIssuedFacts = {
  readonly number: string;
  readonly month: Month;
  readonly issuedAt: string;
  readonly dueAt: string;
  readonly usageCents: string;
  readonly discountCents: string;
  readonly creditsAppliedCents: string;
  readonly totalCents: string;
  /** What of it was written off at the issue; left out where nothing was. */
  readonly writtenOffCents?: string;
  /** What becomes of the total, where collecting has said so; without it, it is due. */
  readonly settlement?: SettlementFacts;
};

/** What becomes of an invoice's total, as it is stored. */
export type SettlementFacts =
  /** `paidCents`: what that payment was of the total, all of it where left out. */
  | { readonly kind: 'paid'; readonly paidAt: string; readonly method: string; readonly paidCents?: string }
  | { readonly kind: 'processing'; readonly method: string }
  | { readonly kind: 'carried' }
  | { readonly kind: 'due'; readonly dueCents: string; readonly payUrl?: string; readonly methodUrl?: string };

/** Who is billed, as it was when the e-mail was written. */
export type BuyerFacts = { readonly buyerName: string; readonly purchaseOrder?: string };

/** The facts of an invoice's e-mail. It is due when it is issued, or so many days later as the terms give. */
export function invoiceIssuedFacts(issued: {
  readonly number: string;
  readonly month: Month;
  readonly nowMs: number;
  readonly composed: ComposedInvoice;
  readonly totalCents: Cents;
  /** At the issue; left out: nothing. */
  readonly writtenOffCents?: Cents;
  readonly terms: readonly TermsPoint[];
}): InvoiceIssuedFacts {
  const { number, month, nowMs, composed, totalCents, writtenOffCents = cents(0n), terms } = issued;
  const sumOf = (...kinds: readonly string[]) =>
    composed.lines.filter(({ kind }) => kinds.includes(kind)).reduce((sum, line) => sum + line.amountCents, 0n);
  const { collection, netDays } = termsInForce(terms, hourOf(nowMs));
  return {
    number,
    month,
    issuedAt: formatInstant(nowMs),
    dueAt: formatInstant(nowMs + (collection === 'invoice' ? netDays * dayMs : 0)),
    usageCents: String(sumOf('usage')),
    discountCents: String(-sumOf('volume_discount', 'program_discount')),
    creditsAppliedCents: String(-sumOf('credit')),
    totalCents: String(totalCents),
    ...(writtenOffCents === 0n ? {} : { writtenOffCents: String(writtenOffCents) }),
  };
}

/** What a credit note's e-mail says; amounts as text. `note` is the id of the credit note. */
export type CreditNoteIssuedFacts = {
  readonly note: string;
  readonly number: string;
  readonly invoiceNumber: string;
  readonly issuedAt: string;
  readonly reason: string;
  readonly creditedCents: string;
  readonly lowersDueCents: string;
  readonly refundedCents: string;
  readonly asCreditsCents: string;
  readonly creditsReturnedCents: string;
  readonly remainingCents: string;
  /** Where it voids the invoice. */
  readonly voidUsage?: VoidUsage;
};

/** The facts of a credit note's e-mail. What had been written off before was not asked for: it is no part of what it says. */
export function creditNoteIssuedFacts(issued: {
  readonly note: string;
  readonly number: string;
  readonly invoiceNumber: string;
  readonly nowMs: number;
  readonly reason: string;
  readonly split: CreditSplit;
  readonly creditsReturnedNanos: Nanos;
  readonly remainingCents: Cents;
  readonly voidUsage: VoidUsage | null;
}): CreditNoteIssuedFacts {
  const { note, number, invoiceNumber, nowMs, reason, split, creditsReturnedNanos, remainingCents, voidUsage } = issued;
  const { lowersDueCents, toRefundCents, asCreditsCents } = split;
  return {
    note,
    number,
    invoiceNumber,
    issuedAt: formatInstant(nowMs),
    reason,
    creditedCents: String(lowersDueCents + toRefundCents + asCreditsCents),
    lowersDueCents: String(lowersDueCents),
    refundedCents: String(toRefundCents),
    asCreditsCents: String(asCreditsCents),
    creditsReturnedCents: String(roundToCentsHalfUp(creditsReturnedNanos)),
    remainingCents: String(remainingCents),
    ...(voidUsage === null ? {} : { voidUsage }),
  };
}

/** Composes a stored e-mail, which says what became of its PDF. Throws `internal` where its facts are none. */
export function composeEmail(
  email: { readonly key: string; readonly kind: EmailKind; readonly facts: unknown },
  { seller, pdf }: { readonly seller: Seller; readonly pdf: PdfSent },
): ComposedEmail {
  switch (email.kind) {
    case 'invoice_issued':
      return composeInvoice(email.facts as InvoiceIssuedFacts & BuyerFacts, { seller, pdf, key: email.key });
    case 'payment_failed':
    case 'action_needed':
    case 'past_due':
    case 'payment_received':
    case 'reminder':
      return composeCollecting(email.kind, email.facts as CollectingFacts & BuyerFacts, { seller, pdf });
    case 'credit_note_issued':
      return composeCreditNote(email.facts as CreditNoteIssuedFacts & BuyerFacts, { seller, pdf, key: email.key });
    case 'refund':
      return composeRefund(email.facts as RefundFacts & BuyerFacts, { seller, pdf });
    case 'refund_failed':
      return composeRefundFailed(email.facts as RefundFailedFacts & BuyerFacts, { seller });
    case 'card_expires': {
      const { buyerName, ...facts } = email.facts as CardExpiresFacts & BuyerFacts;
      return composeCardExpires(facts, { seller, buyerName });
    }
    case 'credits_used':
    case 'credits_short':
    case 'suspended':
    case 'restored':
    case 'deploy_refused':
      return composeGuardMail(email.kind, email.facts as GuardFacts & BuyerFacts, { seller });
    default:
      return email.kind satisfies never;
  }
}

function composeInvoice(
  facts: InvoiceIssuedFacts & BuyerFacts,
  { seller, pdf, key }: { readonly seller: Seller; readonly pdf: PdfSent; readonly key: string },
): ComposedEmail {
  const at = (text: string) => instantOf(text, key);
  const totalCents = cents(BigInt(facts.totalCents));
  const writtenOffCents = cents(BigInt(facts.writtenOffCents ?? 0));
  const settlement = settlementOf(facts, { askedCents: cents(totalCents - writtenOffCents), at });
  return composeInvoiceIssued({
    number: facts.number,
    month: facts.month,
    issuedAtMs: at(facts.issuedAt),
    buyerName: facts.buyerName,
    ...(facts.purchaseOrder === undefined ? {} : { purchaseOrder: facts.purchaseOrder }),
    seller,
    usageCents: cents(BigInt(facts.usageCents)),
    discountCents: cents(BigInt(facts.discountCents)),
    creditsAppliedCents: cents(BigInt(facts.creditsAppliedCents)),
    totalCents,
    writtenOffCents,
    settlement,
    pdf,
  });
}

function settlementOf(
  { settlement, dueAt }: InvoiceIssuedFacts,
  { askedCents, at }: { readonly askedCents: Cents; readonly at: (text: string) => number },
): Settlement {
  if (askedCents === 0n) return { kind: 'nothing_to_pay' };
  if (settlement === undefined) return { kind: 'due', dueCents: askedCents, dueAtMs: at(dueAt) };
  switch (settlement.kind) {
    case 'paid':
      return { kind: 'paid', paidAtMs: at(settlement.paidAt), method: settlement.method };
    case 'due':
      return { ...settlement, dueCents: cents(BigInt(settlement.dueCents)), dueAtMs: at(dueAt) };
    default:
      return settlement;
  }
}

function composeCreditNote(
  facts: CreditNoteIssuedFacts & BuyerFacts,
  { seller, pdf, key }: { readonly seller: Seller; readonly pdf: PdfSent; readonly key: string },
): ComposedEmail {
  return composeCreditNoteIssued({
    number: facts.number,
    invoiceNumber: facts.invoiceNumber,
    issuedAtMs: instantOf(facts.issuedAt, key),
    buyerName: facts.buyerName,
    seller,
    reason: facts.reason,
    creditedCents: cents(BigInt(facts.creditedCents)),
    lowersDueCents: cents(BigInt(facts.lowersDueCents)),
    refundedCents: cents(BigInt(facts.refundedCents)),
    asCreditsCents: cents(BigInt(facts.asCreditsCents)),
    creditsReturnedCents: cents(BigInt(facts.creditsReturnedCents)),
    remainingCents: cents(BigInt(facts.remainingCents)),
    ...(facts.voidUsage === undefined ? {} : { voidUsage: facts.voidUsage }),
    pdf,
  });
}

function instantOf(text: string, key: string): number {
  const ms = parseInstant(text);
  if (ms !== undefined) return ms;
  throw new MinutebookError({ code: 'internal', detail: `e-mail ${key}: expected an instant, came ${text}` });
}
