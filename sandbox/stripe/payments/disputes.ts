// Disputes and inquiries: opened by a card's or account's behaviour or through the switches, contested, and closed.

import type Stripe from 'stripe';
import { accountOf, cardOf } from '../behaviours/instruments';
import { daySeconds, schedule } from '../due';
import { emit } from '../events';
import { changed } from '../resources/customers';
import { idOf, newId, type World } from '../world';
import { blockAccount } from './debits';
import { chargeOf, disputeFee, isDebit, move } from './ledger';

const answerInSeconds = 9 * daySeconds;

type Opening = { readonly reason: string; readonly isInquiry: boolean };

/** As the payment's card or account has it. */
export function openDisputeOn(world: World, chargeId: string): void {
  const charge = chargeOf(world, chargeId);
  const returned = accountOf(world, charge.payment_method ?? '')?.disputed;
  if (returned !== undefined) {
    openDispute(world, charge, { reason: returned.failure_code, isInquiry: false });
    blockAccount(world, charge.payment_method ?? '', returned);
    return;
  }
  openDispute(
    world,
    charge,
    cardOf(world, charge.payment_method ?? '')?.disputed ?? { reason: 'general', isInquiry: false },
  );
}

export function openDispute(world: World, charge: Stripe.Charge, { reason, isInquiry }: Opening): Stripe.Dispute {
  const { store, clock } = world;
  const id = newId('du_1');
  // A returned debit cannot be contested: the bank has decided.
  const isFinal = isDebit(charge);
  const dispute = {
    ...blank(charge, reason),
    id,
    balance_transactions: isInquiry ? [] : [withdraw(world, charge, id)],
    created: clock.now(),
    evidence_details: {
      due_by: isFinal ? null : clock.now() + answerInSeconds,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    is_charge_refundable: isInquiry,
    status: isInquiry ? 'warning_needs_response' : isFinal ? 'lost' : 'needs_response',
  } satisfies Stripe.Dispute;
  store.put('disputes', dispute);
  const disputed = store.put('charges', { ...charge, disputed: true });
  emit(world, 'charge.dispute.created', dispute);
  emit(world, 'charge.updated', disputed, { disputed: charge.disputed });
  if (!isInquiry) emit(world, 'charge.dispute.funds_withdrawn', dispute);
  if (isFinal) emit(world, 'charge.dispute.closed', dispute);
  else schedule(world, 'disputeDue', id, answerInSeconds);
  return dispute;
}

function withdraw(world: World, charge: Stripe.Charge, source: string): Stripe.BalanceTransaction {
  return move(world, {
    type: 'adjustment',
    category: 'dispute',
    amount: -charge.amount,
    fee: disputeFee,
    feeDescription: 'Dispute fee',
    description: `Chargeback withdrawal for ${charge.id}`,
    currency: charge.currency,
    source,
    availableInSeconds: 0,
  });
}

/** Nobody answered in time. */
export function runOutOfTime(world: World, id: string): void {
  const dispute = world.store.get('disputes', id);
  if (dispute?.status === 'needs_response') closeDispute(world, dispute, 'lost');
  if (dispute?.status === 'warning_needs_response') closeDispute(world, dispute, 'warning_closed');
}

/** `reinstated`: how much comes back where it is won; all of it where that is left out. */
export function closeDispute(
  world: World,
  old: Stripe.Dispute,
  status: 'won' | 'lost' | 'warning_closed',
  reinstated: number = old.amount,
): Stripe.Dispute {
  const isBack = status === 'won' && old.balance_transactions.length > 0 && reinstated > 0;
  const back = isBack ? [reinstate(world, old, reinstated)] : [];
  const closed = world.store.put('disputes', {
    ...old,
    balance_transactions: [...old.balance_transactions, ...back],
    is_charge_refundable: status !== 'lost',
    status,
  });
  emit(world, 'charge.dispute.closed', closed, changed(old, closed));
  if (back.length > 0) emit(world, 'charge.dispute.funds_reinstated', closed);
  return closed;
}

function reinstate(world: World, dispute: Stripe.Dispute, amount: number): Stripe.BalanceTransaction {
  return move(world, {
    type: 'adjustment',
    category: 'dispute_reversal',
    amount,
    fee: 0,
    description: `Chargeback reversal for ${idOf(dispute.charge)}`,
    currency: dispute.currency,
    source: dispute.id,
    availableInSeconds: 0,
  });
}

const evidenceFields = {
  ...{ access_activity_log: null, billing_address: null, cancellation_policy: null, cancellation_rebuttal: null },
  ...{ cancellation_policy_disclosure: null, customer_communication: null, customer_email_address: null },
  ...{ customer_name: null, customer_purchase_ip: null, customer_signature: null, product_description: null },
  ...{ duplicate_charge_documentation: null, duplicate_charge_explanation: null, duplicate_charge_id: null },
  ...{ enhanced_evidence: {}, receipt: null, refund_policy: null, refund_policy_disclosure: null, service_date: null },
  ...{ refund_refusal_explanation: null, service_documentation: null, shipping_address: null, shipping_date: null },
  ...{ shipping_carrier: null, shipping_documentation: null, shipping_tracking_number: null },
  ...{ uncategorized_file: null, uncategorized_text: null },
} as const satisfies Stripe.Dispute.Evidence;

function blank(charge: Stripe.Charge, reason: string) {
  return {
    object: 'dispute',
    amount: charge.amount,
    charge: charge.id,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: evidenceFields,
    intended_submission_method: null,
    livemode: false,
    metadata: {},
    payment_intent: idOf(charge.payment_intent),
    ...(isDebit(charge) ? {} : { payment_method_details: cardDetails(charge) }),
    reason,
  } as const satisfies Partial<Stripe.Dispute>;
}

function cardDetails(charge: Stripe.Charge): Stripe.Dispute.PaymentMethodDetails {
  const brand = charge.payment_method_details?.card?.brand ?? 'visa';
  const network_reason_code = brand === 'visa' ? '10.4' : '4837';
  return { type: 'card', card: { brand, case_type: 'chargeback', network: brand, network_reason_code } };
}
