// Refunds: of cards at once, of bank debits after days, and of some test cards failing later.

import type Stripe from 'stripe';
import { cardOf } from '../behaviours/instruments';
import { daySeconds, schedule } from '../due';
import { emit } from '../events';
import { refused } from '../protocol/errors';
import { changed } from '../resources/customers';
import { idOf, newId, type World } from '../world';
import { chargeOf, isDebit, move } from './ledger';

export type RefundAsked = {
  readonly amount: number | undefined;
  readonly reason: Stripe.Refund['reason'];
  readonly metadata: Stripe.Metadata;
};

export function refund(world: World, charge: Stripe.Charge, asked: RefundAsked): Stripe.Refund {
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = asked.amount ?? left;
  requireRefundable(world, charge, amount, left);
  const id = newId(isDebit(charge) ? 'pyr_1' : 're_3');
  const isLate = isDebit(charge) || cardOf(world, charge.payment_method ?? '')?.refunds === 'late';
  const made = world.store.put('refunds', {
    id,
    object: 'refund',
    amount,
    balance_transaction: moveRefund(world, charge, id, -amount, 'refund').id,
    charge: charge.id,
    created: world.clock.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: isDebit(charge)
      ? { type: 'us_bank_transfer', us_bank_transfer: { reference: null, reference_status: 'pending' } }
      : {
          type: 'card',
          card: { type: 'refund', reference_status: 'pending', reference_type: 'acquirer_reference_number' },
        },
    metadata: asked.metadata,
    payment_intent: idOf(charge.payment_intent),
    payment_method: charge.payment_method,
    ...(isLate ? { pending_reason: 'processing' } : {}),
    reason: asked.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isLate ? 'pending' : 'succeeded',
    transfer_reversal: null,
  });
  const refunded = countRefund(world, charge, amount);
  emit(world, 'refund.created', made);
  emit(world, 'charge.refunded', refunded, changed(charge, refunded));
  scheduleOutcome(world, made, charge, isLate);
  return made;
}

function requireRefundable(world: World, charge: Stripe.Charge, amount: number, left: number): void {
  const about = `Charge ${charge.id}`;
  const disputed = world.store.all('disputes').find((each) => each.charge === charge.id);
  if (charge.disputed && !disputed?.is_charge_refundable) {
    throw refused({ code: 'charge_disputed', message: `${about} has been charged back; cannot issue a refund.` });
  }
  if (charge.status !== 'succeeded') {
    throw refused({
      code: 'charge_not_refundable',
      message: `${about} has a status of ${charge.status} and cannot be refunded.`,
    });
  }
  if (left === 0) {
    throw refused({ code: 'charge_already_refunded', message: `${about} has already been refunded.` });
  }
  if (amount > left) {
    const message = `Refund amount (${dollars(amount)}) is greater than unrefunded amount on charge (${dollars(left)})`;
    throw refused({ message, param: 'amount' });
  }
  if (amount < 1)
    throw refused({ code: 'parameter_invalid_integer', message: 'Invalid positive integer', param: 'amount' });
}

function dollars(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`;
}

function countRefund({ store }: World, charge: Stripe.Charge, amount: number): Stripe.Charge {
  const total = charge.amount_refunded + amount;
  return store.put('charges', { ...charge, amount_refunded: total, refunded: total === charge.amount_captured });
}

function moveRefund(
  world: World,
  charge: Stripe.Charge,
  source: string,
  amount: number,
  what: 'refund' | 'refund_failure',
): Stripe.BalanceTransaction {
  return move(world, {
    type: what === 'refund' && isDebit(charge) ? 'payment_refund' : what,
    category: what,
    amount,
    fee: 0,
    description: what === 'refund' ? `REFUND FOR CHARGE` : `REFUND FAILURE FOR CHARGE`,
    currency: charge.currency,
    source,
    availableInSeconds: 0,
  });
}

// Failing is told later: the refund looks good at first.
function scheduleOutcome(world: World, { id }: Stripe.Refund, charge: Stripe.Charge, isLate: boolean): void {
  const fails = cardOf(world, charge.payment_method ?? '')?.refunds === 'fail';
  if (isLate || fails) schedule(world, 'settleRefund', id, isDebit(charge) ? 3 * daySeconds : daySeconds);
}

/** What the bank made of it. */
export function settleRefund(world: World, id: string): void {
  const old = world.store.get('refunds', id);
  if (old === undefined) return;
  const charge = chargeOf(world, old.charge);
  if (cardOf(world, charge.payment_method ?? '')?.refunds === 'fail') failRefund(world, old, charge);
  else if (old.status === 'pending') settle(world, old);
}

function settle(world: World, old: Stripe.Refund): void {
  const { pending_reason: _, ...rest } = old;
  const done = world.store.put('refunds', { ...rest, status: 'succeeded' });
  emit(world, 'refund.updated', done, { status: old.status });
  emit(world, 'charge.refund.updated', done, { status: old.status });
}

export function failRefund(world: World, old: Stripe.Refund, charge: Stripe.Charge): Stripe.Refund {
  const { id } = moveRefund(world, charge, old.id, old.amount, 'refund_failure');
  const { pending_reason: _, ...rest } = old;
  const failed = world.store.put('refunds', {
    ...rest,
    failure_balance_transaction: id,
    failure_reason: 'expired_or_canceled_card',
    status: 'failed',
  });
  countRefund(world, charge, -old.amount);
  emit(world, 'refund.failed', failed, { status: old.status });
  emit(world, 'charge.refund.updated', failed, { status: old.status });
  return failed;
}
