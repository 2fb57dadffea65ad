// What a customer's document says: facts, ready to print. Whoever fills them in has read, decided and rounded already;
// the renderer only lays them out, so the same facts are always the same bytes.

import type { InvoiceStatus } from '../../domain/invoice';
import type { Cents, Nanos } from '../../domain/money';
import type { Seller } from '../../domain/parties';
import type { Month } from '../../domain/period';

/** Who buys, as it was at issue. */
export type Buyer = {
  readonly name: string;
  readonly addressLines?: readonly string[];
  readonly taxId?: string;
  readonly purchaseOrder?: string;
  readonly emails: readonly string[];
};

/** Minutes of one model, version, instance type and price. */
export type DocumentUsageLine = {
  readonly model: string;
  readonly version: string;
  readonly instanceType: string;
  readonly minutes: number;
  /** Price of one minute, exact: printed with as many decimals as it has, at least two. */
  readonly priceNanos: Nanos;
  /** As stored: already shared out, so that the document's lines add up. */
  readonly amountCents: Cents;
};

/** The usage of one month: the document's own, or minutes of an earlier one that were reported late. */
export type UsagePart = { readonly month: Month; readonly late: boolean; readonly lines: readonly DocumentUsageLine[] };

/** A discount or a credit by its name; what takes from the amount is negative. */
export type NamedAmount = { readonly name: string; readonly amountCents: Cents };

type Common = {
  /** What the customer reads: `acme-0001`. */
  readonly number: string;
  /** Epoch milliseconds; also the file's creation date. */
  readonly issuedAtMs: number;
  /** The months that it is about. */
  readonly periods: readonly Month[];
  readonly seller: Seller;
  readonly buyer: Buyer;
  readonly usage: readonly UsagePart[];
  readonly discounts: readonly NamedAmount[];
  /** One a grant. On a credit note: what of each grant's draw comes back to it, so negative as well. */
  readonly credits: readonly NamedAmount[];
  /** One sentence on what the minutes mean. */
  readonly minutesMean: string;
};

export type InvoiceDocument = Common & {
  readonly kind: 'invoice';
  readonly status: InvoiceStatus;
  readonly dueAtMs?: number;
  /** Sum of the usage lines. */
  readonly subtotalCents: Cents;
  /** Subtotal and discounts and credits, which are negative. */
  readonly totalCents: Cents;
  readonly paidCents: Cents;
  /** Taken back by the bank after it was paid: returned debits, disputes. */
  readonly returnedCents: Cents;
  /** As money or as credits for later. */
  readonly refundedCents: Cents;
  readonly creditedCents: Cents;
  readonly writtenOffCents: Cents;
  readonly remainingCents: Cents;
  /** Credited after it was paid, and not on its way back yet. */
  readonly toRefundCents: Cents;
  /** How it was or will be paid, or that there is nothing to pay. */
  readonly payment: string;
};

export type CreditNoteDocument = Common & {
  readonly kind: 'credit_note';
  /** The invoice that it corrects. */
  readonly invoice: { readonly number: string; readonly issuedAtMs: number };
  readonly reason: string;
  /** What makes its lines the amount: what is not charged, as a note never charges, and what was credited before. */
  readonly adjustments: readonly NamedAmount[];
  /** What is credited, positive. */
  readonly amountCents: Cents;
  /** What became of the money: taken off what was owed, refunded, given as credits. */
  readonly settlement: string;
};

export type BillingDocument = InvoiceDocument | CreditNoteDocument;
