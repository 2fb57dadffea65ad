// Balance transactions: each movement of money with its fee, and a net that carries its sign.

import type Stripe from 'stripe';
import { cardOf } from '../behaviours/instruments';
import { daySeconds } from '../due';
import { idOf, newId, type World } from '../world';

export type Movement = {
  readonly type: Stripe.BalanceTransaction['type'];
  readonly category: string;
  readonly amount: number;
  readonly fee: number;
  readonly feeDescription?: string;
  readonly description: string | null;
  readonly currency: string;
  readonly source: string;
  readonly availableInSeconds: number;
};

/** Cents: 2.9 % and 30 for cards, 0.8 % and at most 500 for bank debits. */
export function feeOf(kind: 'card' | 'debit', amount: number): number {
  return kind === 'card' ? Math.round(amount * 0.029) + 30 : Math.min(500, Math.round(amount * 0.008));
}

export const disputeFee = 1500;

export function move({ store, clock }: World, movement: Movement): Stripe.BalanceTransaction {
  const { type, category, amount, fee, feeDescription, description, currency, source, availableInSeconds } = movement;
  const created = clock.now();
  const details = { amount: fee, application: null, currency, description: feeDescription ?? null, type: 'stripe_fee' };
  return store.put('balanceTransactions', {
    id: newId('txn_1'),
    object: 'balance_transaction',
    amount,
    available_on: created + availableInSeconds,
    balance_type: 'payments',
    created,
    currency,
    description,
    exchange_rate: null,
    fee,
    fee_details: fee === 0 ? [] : [details],
    net: amount - fee,
    reporting_category: category,
    source,
    status: availableInSeconds > 0 ? 'pending' : 'available',
    type,
  });
}

/** What a charge brings in. */
export function moveCharge(world: World, charge: Stripe.Charge): Stripe.BalanceTransaction {
  const kind = isDebit(charge) ? 'debit' : 'card';
  const isAtOnce = cardOf(world, charge.payment_method ?? '')?.isAvailableAtOnce ?? false;
  return move(world, {
    type: kind === 'card' ? 'charge' : 'payment',
    category: 'charge',
    amount: charge.amount,
    fee: feeOf(kind, charge.amount),
    feeDescription: 'Stripe processing fees',
    description: charge.description,
    currency: charge.currency,
    source: charge.id,
    availableInSeconds: isAtOnce ? 0 : 2 * daySeconds,
  });
}

export function isDebit({ payment_method_details: details }: Stripe.Charge): boolean {
  return details?.type === 'us_bank_account';
}

/** As it stands now: pending until the day it becomes available. */
export function shownTransaction({ clock }: World, transaction: Stripe.BalanceTransaction): Stripe.BalanceTransaction {
  return { ...transaction, status: transaction.available_on <= clock.now() ? 'available' : 'pending' };
}

export function chargeOf(
  { store }: World,
  reference: Stripe.Refund['charge'] | Stripe.Dispute['charge'],
): Stripe.Charge {
  const charge = store.get('charges', idOf(reference) ?? '');
  if (charge === undefined) throw new Error(`a charge was expected, and ${idOf(reference)} is none`);
  return charge;
}
