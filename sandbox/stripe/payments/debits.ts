// Bank debits: pending for days, then settled or returned.

import type Stripe from 'stripe';
import type { DebitReturn } from '../behaviours/accounts';
import type { Decline } from '../behaviours/declines';
import { accountOf, takeOrdered } from '../behaviours/instruments';
import { daySeconds, schedule } from '../due';
import { emit } from '../events';
import { StripeFailure } from '../protocol/errors';
import { changed } from '../resources/customers';
import { idOf, type World } from '../world';
import { makeCharge, settled } from './charges';
import { isBlocked, mandateOf, markPaid } from './confirming';
import { sessionPaid } from './sessions';

const settlesInSeconds = 4 * daySeconds;

export function startDebit(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  if (isBlocked(world, method)) throw unusable(world, intent, method);
  const mandate = mandateOf(world, method);
  const charge = makeCharge(world, intent, method, { status: 'pending', mandate: mandate.id });
  const processing = world.store.put('paymentIntents', {
    ...intent,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
    status: 'processing',
  });
  emit(world, 'charge.pending', charge);
  emit(world, 'payment_intent.processing', processing);
  if (!accountOf(world, method.id)?.staysProcessing) schedule(world, 'settleDebit', intent.id, settlesInSeconds);
  return processing;
}

function unusable(world: World, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): StripeFailure {
  const message = 'The bank account has been blocked from further debits and cannot be used.';
  const error = { type: 'card_error', code: 'bank_account_unusable', message } as const;
  const about = { payment_method: method, payment_method_type: method.type };
  const failed = world.store.put('paymentIntents', {
    ...intent,
    last_payment_error: { ...error, ...about },
    payment_method: null,
    status: 'requires_payment_method',
  });
  emit(world, 'payment_intent.payment_failed', failed);
  return new StripeFailure(402, { ...error, ...about, payment_intent: failed }, true);
}

/** What the bank says after some days. */
export function settleDebit(world: World, intentId: string): void {
  const { store } = world;
  const intent = store.get('paymentIntents', intentId);
  const charge = store.get('charges', idOf(intent?.latest_charge) ?? '');
  if (intent?.status !== 'processing' || charge === undefined) return;
  const methodId = charge.payment_method ?? '';
  const account = accountOf(world, methodId);
  const ordered = takeOrdered(world, methodId);
  const back = ordered === undefined ? account?.returned : returnOf(ordered.decline);
  if (back !== undefined) {
    returnDebit(world, intent, charge, back);
    return;
  }
  markPaid(world, intent, settled(world, charge));
  if (account?.disputed !== undefined) schedule(world, 'openDispute', charge.id, daySeconds);
  sessionPaid(world, intentId, 'paid');
}

// Ordered through the switches: the code is the failure's, the network's code the return's.
function returnOf(ordered: Decline | null): DebitReturn | undefined {
  if (ordered === null) return undefined;
  const { code, network_decline_code: network } = ordered;
  const blocking = ['R02', 'R03', 'R04', 'R05', 'R07', 'R08', 'R10', 'R11', 'R16', 'R20', 'R29', 'R31'];
  const network_code = network ?? 'R01';
  return {
    failure_code: code,
    network_code,
    ...(blocking.includes(network_code) ? { blocked: 'bank_account_unusable' } : {}),
    ...(['R07', 'R10', 'R29'].includes(network_code) ? { isMandateGone: true } : {}),
  };
}

function returnDebit(world: World, intent: Stripe.PaymentIntent, charge: Stripe.Charge, back: DebitReturn): void {
  const { store } = world;
  const message = returnSentences[back.failure_code] ?? 'The debit was returned by the bank.';
  const { failure_code: code, network_code: network } = back;
  const outcome = { advice_code: null, network_advice_code: null, network_decline_code: network, reason: code };
  const failed = store.put('charges', {
    ...charge,
    amount_captured: 0,
    captured: false,
    failure_code: code,
    failure_message: message,
    outcome: { ...outcome, network_status: 'declined_by_network', seller_message: message, type: 'issuer_declined' },
    paid: false,
    status: 'failed',
  });
  // Before the events: who reads the method on their word sees what the bank said.
  const method = blockAccount(world, charge.payment_method ?? '', back);
  const unpaid = store.put('paymentIntents', {
    ...intent,
    last_payment_error: {
      type: 'invalid_request_error',
      code,
      message,
      charge: failed.id,
      network_decline_code: network,
      ...(method === undefined ? {} : { payment_method: method, payment_method_type: method.type }),
    },
    payment_method: null,
    status: 'requires_payment_method',
  });
  emit(world, 'charge.failed', failed);
  emit(world, 'payment_intent.payment_failed', unpaid);
  sessionPaid(world, intent.id, 'failed');
}

const returnSentences: Readonly<Record<string, string>> = {
  account_closed: "The customer's bank account has been closed.",
  no_account: "The customer's bank account could not be located.",
  insufficient_funds: "The customer's account has insufficient funds to cover this payment.",
  debit_not_authorized: 'The customer has notified their bank that this payment was unauthorized.',
  account_frozen: "The customer's bank account has been frozen.",
};

/** Some returns end the account's use, and some the mandate's. */
export function blockAccount(world: World, methodId: string, back: DebitReturn): Stripe.PaymentMethod | undefined {
  const { store } = world;
  const old = store.get('paymentMethods', methodId);
  if (old?.us_bank_account === undefined || back.blocked === undefined) return old;
  const blocked = { network_code: back.network_code, reason: back.blocked };
  const method = store.put('paymentMethods', {
    ...old,
    us_bank_account: { ...old.us_bank_account, status_details: { blocked } },
  });
  emit(world, 'payment_method.updated', method, changed(old, method));
  const mandate = store.all('mandates').findLast(({ payment_method: of }) => of === methodId);
  if (back.isMandateGone && mandate !== undefined) {
    const gone = store.put('mandates', { ...mandate, status: 'inactive' });
    emit(world, 'mandate.updated', gone, { status: mandate.status });
  }
  return method;
}
