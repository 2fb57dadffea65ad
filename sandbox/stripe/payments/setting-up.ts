// Confirming a SetupIntent: the method is saved for its customer, once its holder has agreed where the card asks.

import type Stripe from 'stripe';
import { type Decline, sentenceOf } from '../behaviours/declines';
import { cardOf, declineWhenSaved } from '../behaviours/instruments';
import { emit } from '../events';
import { refused, StripeFailure } from '../protocol/errors';
import { attach } from '../resources/payment-methods';
import { idOf, type World } from '../world';
import { mandateOf, markSetUp } from './confirming';

export type HowSetUp = {
  readonly method: Stripe.PaymentMethod;
  readonly returnUrl: string | null;
  readonly isAuthenticated: boolean;
};

export function confirmSetup(world: World, intent: Stripe.SetupIntent, how: HowSetUp): Stripe.SetupIntent {
  const { method, isAuthenticated } = how;
  requireUsable(intent, method);
  const card = cardOf(world, method.id);
  const declined = declineWhenSaved(world, method.id);
  if (declined !== undefined) throw failSetup(world, intent, method, declined);
  const asks = card?.authentication === 'whenSetUp' || card?.authentication === 'always';
  if (asks && !isAuthenticated) return askHolder(world, intent, how);
  const customer = idOf(intent.customer);
  const saved = customer === null ? method : attach(world, method, customer);
  markSetUp(world, method.id);
  const mandate = saved.type === 'us_bank_account' ? mandateOf(world, saved).id : null;
  const done = world.store.put('setupIntents', {
    ...intent,
    last_setup_error: null,
    mandate,
    next_action: null,
    payment_method: saved.id,
    status: 'succeeded',
  });
  emit(world, 'setup_intent.succeeded', done);
  return done;
}

function requireUsable(intent: Stripe.SetupIntent, method: Stripe.PaymentMethod): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    const message = `You cannot confirm this SetupIntent because it has a status of ${intent.status}.`;
    throw refused({ code: 'setup_intent_unexpected_state', message, setup_intent: intent });
  }
  if (!intent.payment_method_types.includes(method.type)) {
    const message = `The PaymentMethod provided (${method.type}) is not allowed for this SetupIntent. Please attach a PaymentMethod of one of the following types: ${intent.payment_method_types.join(', ')}.`;
    throw refused({ code: 'setup_intent_invalid_parameter', message, param: 'payment_method' });
  }
}

function askHolder(world: World, intent: Stripe.SetupIntent, { method, returnUrl }: HowSetUp): Stripe.SetupIntent {
  const url = `${world.url()}/authenticate/${intent.id}`;
  const asked = world.store.put('setupIntents', {
    ...intent,
    next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } },
    payment_method: method.id,
    status: 'requires_action',
  });
  emit(world, 'setup_intent.requires_action', asked);
  return asked;
}

export function failSetup(
  world: World,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  declined: Decline,
  message = sentenceOf(declined),
): StripeFailure {
  const error = {
    type: 'card_error',
    message,
    ...declined,
    payment_method: method,
    payment_method_type: method.type,
  } as const;
  const failed = world.store.put('setupIntents', {
    ...intent,
    last_setup_error: error,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  });
  emit(world, 'setup_intent.setup_failed', failed);
  return new StripeFailure(402, { ...error, setup_intent: failed }, true);
}

export const authenticationFailed = {
  setup: { code: 'setup_intent_authentication_failure' },
  payment: { code: 'payment_intent_authentication_failure' },
} as const;

export const authenticationSentence =
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.';
