// Confirming a PaymentIntent: which method pays, whether its holder must be asked, and what the charge comes to.

import type Stripe from 'stripe';
import { type Decline, declines, sentenceOf } from '../behaviours/declines';
import { accountOf, cardOf, takeDecline } from '../behaviours/instruments';
import { schedule } from '../due';
import { emit } from '../events';
import { refused, StripeFailure } from '../protocol/errors';
import { requireUnspent } from '../resources/payment-methods';
import { idOf, newId, type World } from '../world';
import { makeCharge } from './charges';
import { startDebit } from './debits';

export type How = {
  readonly method: Stripe.PaymentMethod;
  /** The customer is not there to be asked. */
  readonly offSession: boolean;
  readonly errorOnRequiresAction: boolean;
  readonly returnUrl: string | null;
  /** The customer was asked and has agreed. */
  readonly isAuthenticated: boolean;
};

/** Answers the intent as it stands then; a decline is thrown, with the intent already showing it. */
export function confirm(world: World, intent: Stripe.PaymentIntent, how: How): Stripe.PaymentIntent {
  const { method } = how;
  requireUsable(world, intent, method);
  if (method.type === 'us_bank_account') return startDebit(world, intent, method);
  if (asksHolder(world, how)) {
    if (how.offSession || how.errorOnRequiresAction)
      throw decline(world, intent, method, declines.authenticationRequired);
    return askHolder(world, intent, how);
  }
  const declined = takeDecline(world, method.id);
  if (declined !== null) throw decline(world, intent, method, declined);
  return succeed(world, intent, method);
}

function requireUsable(world: World, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(intent.status)) {
    const message = `You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`;
    throw refused({ code: 'payment_intent_unexpected_state', message, payment_intent: intent });
  }
  requireUnspent(world, method);
  if (method.customer !== null && idOf(method.customer) !== idOf(intent.customer)) {
    const message = `The provided PaymentMethod (${method.id}) belongs to another Customer. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`;
    throw refused({ message, param: 'payment_method' });
  }
  if (!intent.payment_method_types.includes(method.type)) {
    const message = `The PaymentMethod provided (${method.type}) is not allowed for this PaymentIntent. Please attach a PaymentMethod of one of the following types: ${intent.payment_method_types.join(', ')}.`;
    throw refused({ code: 'payment_intent_incompatible_payment_method', message, param: 'payment_method' });
  }
}

function asksHolder(world: World, { method, offSession, isAuthenticated }: How): boolean {
  const asks = cardOf(world, method.id)?.authentication;
  if (isAuthenticated || asks === undefined) return false;
  if (asks === 'always' || !offSession) return true;
  return asks === 'whenSetUp' && !(world.store.get('instruments', method.id)?.isSetUp ?? false);
}

function askHolder(world: World, intent: Stripe.PaymentIntent, { method, returnUrl }: How): Stripe.PaymentIntent {
  const url = `${world.url()}/authenticate/${intent.id}`;
  const asked = world.store.put('paymentIntents', {
    ...intent,
    payment_method: method.id,
    status: 'requires_action',
    next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } },
  });
  emit(world, 'payment_intent.requires_action', asked);
  return asked;
}

/** The intent shows the failed attempt; what is answered goes to whoever asked. */
export function decline(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  declined: Decline,
): StripeFailure {
  const charge = makeCharge(world, intent, method, { status: 'failed', decline: declined });
  const error = { type: 'card_error', message: sentenceOf(declined), ...declined } as const;
  const about = { charge: charge.id, payment_method: method, payment_method_type: method.type } as const;
  const failed = world.store.put('paymentIntents', {
    ...intent,
    last_payment_error: { ...error, ...about },
    latest_charge: charge.id,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  });
  emit(world, 'charge.failed', charge);
  emit(world, 'payment_intent.payment_failed', failed);
  return new StripeFailure(402, { ...error, ...about, payment_intent: failed }, true);
}

function succeed(world: World, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): Stripe.PaymentIntent {
  const charge = makeCharge(world, intent, method, { status: 'succeeded' });
  if (intent.setup_future_usage === 'off_session') markSetUp(world, method.id);
  const paid = markPaid(world, { ...intent, payment_method: method.id }, charge);
  const disputed = cardOf(world, method.id)?.disputed;
  if (disputed !== undefined) schedule(world, 'openDispute', charge.id, 0);
  return paid;
}

export function markPaid(world: World, intent: Stripe.PaymentIntent, charge: Stripe.Charge): Stripe.PaymentIntent {
  const paid = world.store.put('paymentIntents', {
    ...intent,
    amount_received: charge.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    processing: null,
    status: 'succeeded',
  });
  emit(world, 'charge.succeeded', charge);
  emit(world, 'payment_intent.succeeded', paid);
  return paid;
}

export function markSetUp({ store }: World, methodId: string): void {
  const instrument = store.get('instruments', methodId);
  if (instrument !== undefined) store.put('instruments', { ...instrument, isSetUp: true });
}

/** The standing permission to debit an account; made once and found again. */
export function mandateOf({ store, clock }: World, method: Stripe.PaymentMethod): Stripe.Mandate {
  const found = store.all('mandates').findLast(({ payment_method: of }) => of === method.id);
  if (found !== undefined) return found;
  return store.put('mandates', {
    id: newId('mandate_1'),
    object: 'mandate',
    customer_acceptance: {
      accepted_at: clock.now(),
      online: { ip_address: '127.0.0.1', user_agent: null },
      type: 'online',
    },
    livemode: false,
    multi_use: {},
    payment_method: method.id,
    payment_method_details: { type: 'us_bank_account', us_bank_account: { collection_method: 'paper' } },
    status: 'active',
    type: 'multi_use',
  });
}

export function isBlocked(world: World, method: Stripe.PaymentMethod): boolean {
  return (
    accountOf(world, method.id)?.isBlockedByRadar === true ||
    method.us_bank_account?.status_details?.blocked !== undefined
  );
}
