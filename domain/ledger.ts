// The books: what each event that moves money or credits posts. Every posting sums to zero; debits are positive.
import type { Bill } from './bill';
import { assertMoney, centsToNanos, type Nanos, nanos, sumNanos } from './money';

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

/** The entries that say something. Throws where they do not sum to zero. */
export function balanced(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  assertMoney(sumNanos(entries.map((entry) => entry.amountNanos)) === 0n, 'a posting sums to zero');
  return entries.filter((entry) => entry.amountNanos !== 0n);
}
