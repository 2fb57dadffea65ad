// Stripe's numbers and references as ours.
import type Stripe from 'stripe';
import { assertMoney, type Cents, cents } from '../../domain/money';
import type { Booking } from './payments';

/** An amount as Stripe has it. Throws `internal` where it is no whole number. */
export function centsOf(amount: number): Cents {
  assertMoney(Number.isSafeInteger(amount), `an amount of ${amount} cents came from Stripe`);
  return cents(BigInt(amount));
}

/** An amount as Stripe takes it. */
export function amountOf(amount: Cents): number {
  assertMoney(amount > 0n && amount <= BigInt(Number.MAX_SAFE_INTEGER), `${amount} cents to be sent to Stripe`);
  return Number(amount);
}

/** The id of what may be expanded. */
export function idOf(reference: string | { readonly id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) return null;
  return typeof reference === 'string' ? reference : reference.id;
}

/** The object itself, where it was expanded. */
export function expanded<T extends object>(reference: string | T | null | undefined): T | null {
  return typeof reference === 'object' ? reference : null;
}

/** A balance transaction, where it is there and was expanded. */
export function bookingOf(reference: string | Stripe.BalanceTransaction | null | undefined): Booking | null {
  const transaction = expanded(reference);
  if (transaction === null) return null;
  return {
    balanceTransaction: transaction.id,
    amountCents: centsOf(transaction.amount),
    feeCents: centsOf(transaction.fee),
    netCents: centsOf(transaction.net),
  };
}

/** Stripe's instants are whole seconds. */
export function secondsOf(ms: number): number {
  return Math.floor(ms / 1000);
}

/** One of the known words, or `unknown`: what Stripe may say is open to new ones. */
export function knownWord<W extends string>(words: readonly W[], word: string | null): W | 'unknown' {
  return words.find((each) => each === word) ?? 'unknown';
}
