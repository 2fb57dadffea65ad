// What is charged at once, and which invoices a payment pays. Amounts are cents; invoices come oldest first.
import { assertMoney, type Cents, cents, lesserCents } from './money';

/** What Stripe takes of US dollars at once. */
export const chargeCentsMin = cents(50n);
export const chargeCentsMax = cents(99_999_999n);

export type Remaining = { readonly id: string; readonly remainingCents: Cents };
export type Allocation = { readonly invoice: string; readonly cents: Cents };

/**
 * Shares a payment out over a workspace's unpaid invoices, the first of them first: each gets what remains of it while the
 * payment lasts. What is left over (`restCents`) belongs to the customer and becomes a grant. Throws `internal` on a negative
 * amount or an invoice that comes twice.
 */
export function allocate(payment: { readonly cents: Cents; readonly invoices: readonly Remaining[] }): {
  readonly allocations: readonly Allocation[];
  readonly restCents: Cents;
} {
  assertMoney(payment.cents >= 0n, `a payment of ${payment.cents} cents`);
  assertMoney(new Set(payment.invoices.map(({ id }) => id)).size === payment.invoices.length, 'an invoice comes twice');
  let rest = payment.cents;
  const allocations: Allocation[] = [];
  for (const { id, remainingCents } of payment.invoices) {
    assertMoney(remainingCents >= 0n, `${remainingCents} cents remain of invoice ${id}`);
    const part = lesserCents(remainingCents, rest);
    if (part > 0n) allocations.push({ invoice: id, cents: part });
    rest = cents(rest - part);
  }
  const allocated = allocations.reduce((sum, allocation) => sum + allocation.cents, 0n);
  assertMoney(allocated + rest === BigInt(payment.cents), 'what is allocated and the rest make the payment');
  return { allocations, restCents: rest };
}

export type ChargeNow =
  | { readonly kind: 'nothing_remains' }
  /** Too little to be charged: it is carried until the workspace's invoices together reach the least. */
  | { readonly kind: 'carried'; readonly sumCents: Cents }
  /** `laterCents`: what is left for the next part, as no charge may be larger. */
  | { readonly kind: 'charge'; readonly cents: Cents; readonly laterCents: Cents };

/**
 * What to charge now for an invoice, with the others of its workspace that were too small to be charged alone. No part
 * leaves so little for the next that it could not be charged. Throws `internal` on a negative amount.
 */
export function chargeOf(owed: { readonly remainingCents: Cents; readonly carriedCents: readonly Cents[] }): ChargeNow {
  const amounts = [owed.remainingCents, ...owed.carriedCents];
  for (const amount of amounts) assertMoney(amount >= 0n, `${amount} cents remain of an invoice`);
  const sumCents = cents(amounts.reduce((sum, amount) => sum + amount, 0n));
  if (owed.remainingCents === 0n) return { kind: 'nothing_remains' };
  if (sumCents < chargeCentsMin) return { kind: 'carried', sumCents };
  const part = partOf(sumCents);
  return { kind: 'charge', cents: part, laterCents: cents(sumCents - part) };
}

function partOf(sumCents: Cents): Cents {
  if (sumCents <= chargeCentsMax) return sumCents;
  const isRestChargeable = sumCents - chargeCentsMax >= chargeCentsMin;
  return isRestChargeable ? chargeCentsMax : cents(chargeCentsMax - chargeCentsMin);
}
