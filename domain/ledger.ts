// The books: what each event that moves money or credits posts. Every posting sums to zero; debits are positive.
import type { Bill } from './bill';
import { assertMoney, type Cents, cents, centsToNanos, type Nanos, nanos, sumNanos } from './money';

export const accounts = [
  'receivable',
  'cash',
  'fees',
  'disputes',
  'refunds',
  'revenue',
  'discounts',
  'credits',
  'credits_granted',
  'credits_expired',
  'written_off',
  'bad_debt',
  'rounding',
] as const;

/**
 * `receivable`: owed by customers. `cash`: the net of Stripe's balance transactions, and money received elsewhere.
 * `credits`: owed to customers as credit. The others say why.
 */
export type Account = (typeof accounts)[number];

/** One entry of a posting; a debit is positive. */
export type LedgerEntry = { readonly account: Account; readonly amountNanos: Nanos };

/** Several entries under the key of what they are about: once a key, and together zero. */
export type Posting = { readonly key: string; readonly entries: readonly LedgerEntry[] };

/**
 * An issued invoice. What is receivable is whole cents and what was earned is exact: the rounding account takes the
 * difference.
 */
export function invoiceEntries(bill: Bill): readonly LedgerEntry[] {
  return balanced([
    { account: 'receivable', amountNanos: centsToNanos(bill.totalCents) },
    { account: 'credits', amountNanos: bill.creditsAppliedNanos },
    { account: 'discounts', amountNanos: nanos(bill.volumeDiscountNanos + bill.programDiscountNanos) },
    { account: 'revenue', amountNanos: nanos(-bill.listNanos) },
    { account: 'rounding', amountNanos: nanos(-bill.roundingNanos) },
  ]);
}

/**
 * A payment came in: all of it lowers what the customer owes. What was paid too much stands on `receivable` until it is given
 * as a grant, whose posting takes it from there. The fee that Stripe kept is null until it is known.
 */
export function paymentPosting(of: {
  readonly payment: string;
  readonly amountCents: Cents;
  readonly feeCents: Cents | null;
}): Posting {
  const { payment, amountCents, feeCents } = of;
  const feeNanos = centsToNanos(feeCents ?? cents(0n));
  const entries = [
    { account: 'cash', amountNanos: nanos(centsToNanos(amountCents) - feeNanos) },
    { account: 'fees', amountNanos: feeNanos },
    { account: 'receivable', amountNanos: nanos(-centsToNanos(amountCents)) },
  ] as const;
  return { key: `payment:${payment}`, entries: balanced(entries) };
}

/** What Stripe kept of a payment, known only after it was recorded. */
export function feePosting({ payment, feeCents }: { readonly payment: string; readonly feeCents: Cents }): Posting {
  const feeNanos = centsToNanos(feeCents);
  const entries = [
    { account: 'fees', amountNanos: feeNanos },
    { account: 'cash', amountNanos: nanos(-feeNanos) },
  ] as const;
  return { key: `payment-fee:${payment}`, entries: balanced(entries) };
}

/** Nobody expects what remains of an invoice to be paid any more. */
export function writeOffPosting(of: { readonly invoice: string; readonly remainingCents: Cents }): Posting {
  const amountNanos = centsToNanos(of.remainingCents);
  const entries = [
    { account: 'bad_debt', amountNanos },
    { account: 'receivable', amountNanos: nanos(-amountNanos) },
  ] as const;
  return { key: `write-off:${of.invoice}`, entries: balanced(entries) };
}

/** An invoice that was written off is paid after all: as much of it is owed again, for the payment to take. */
export function writeOffReversal(of: {
  readonly invoice: string;
  readonly payment: string;
  readonly amountCents: Cents;
}): Posting {
  const amountNanos = centsToNanos(of.amountCents);
  const entries = [
    { account: 'receivable', amountNanos },
    { account: 'bad_debt', amountNanos: nanos(-amountNanos) },
  ] as const;
  return { key: `write-off-reversed:${of.invoice}:${of.payment}`, entries: balanced(entries) };
}

/** The entries that say something. Throws where they do not sum to zero. */
export function balanced(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  assertMoney(sumNanos(entries.map((entry) => entry.amountNanos)) === 0n, 'a posting sums to zero');
  return entries.filter((entry) => entry.amountNanos !== 0n);
}
