// The bank's page on which a card's holder agrees to a payment or refuses it.

import type Stripe from 'stripe';
import { emit } from '../events';
import { StripeFailure } from '../protocol/errors';
import { savedFor } from '../resources/payment-intents';
import { idOf, type World } from '../world';
import { afterAuthentication, type Submitted } from './checkout';
import { confirm } from './confirming';
import { authenticationFailed, authenticationSentence, confirmSetup, failSetup } from './setting-up';

export type Intent = Stripe.SetupIntent | Stripe.PaymentIntent;

export function intentAsked({ store }: World, id: string): Intent | undefined {
  return store.get('setupIntents', id) ?? store.get('paymentIntents', id);
}

/** Where the browser goes with this decision. */
export function authenticate(world: World, intent: Intent, isApproved: boolean): Submitted {
  const method = world.store.get('paymentMethods', idOf(intent.payment_method) ?? '');
  const returnUrl = intent.next_action?.redirect_to_url?.return_url ?? null;
  if (intent.status !== 'requires_action' || method === undefined) {
    return { problem: 'There is nothing left to authenticate: the payment was completed or abandoned.' };
  }
  const outcome = isApproved ? approve(world, intent, method, returnUrl) : refuse(world, intent, method);
  if (outcome === undefined) return backToSession(world, intent) ?? { to: returned(returnUrl, intent, 'failed') };
  return afterAuthentication(world, outcome) ?? { to: returned(returnUrl, intent, 'succeeded') };
}

function approve(
  world: World,
  intent: Intent,
  method: Stripe.PaymentMethod,
  returnUrl: string | null,
): Intent | undefined {
  try {
    if (intent.object === 'setup_intent')
      return confirmSetup(world, intent, { method, returnUrl, isAuthenticated: true });
    const how = { method, offSession: false, errorOnRequiresAction: false, returnUrl, isAuthenticated: true };
    return savedFor(world, confirm(world, intent, how), method);
  } catch (error) {
    if (error instanceof StripeFailure) return undefined;
    throw error;
  }
}

function refuse(world: World, intent: Intent, method: Stripe.PaymentMethod): undefined {
  if (intent.object === 'setup_intent') {
    failSetup(world, intent, method, authenticationFailed.setup, authenticationSentence);
    return undefined;
  }
  const failed = world.store.put('paymentIntents', {
    ...intent,
    last_payment_error: {
      type: 'invalid_request_error',
      ...authenticationFailed.payment,
      message: authenticationSentence,
      payment_method: method,
      payment_method_type: method.type,
    },
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  });
  emit(world, 'payment_intent.payment_failed', failed);
  return undefined;
}

function backToSession({ store, url }: World, { id }: Intent): Submitted | undefined {
  const session = store
    .all('sessions')
    .find(({ setup_intent: setup, payment_intent: pay }) => setup === id || pay === id);
  return session === undefined ? undefined : { to: `${url()}/c/pay/${session.id}?refused=1` };
}

function returned(returnUrl: string | null, { id, object, client_secret: secret }: Intent, status: string): string {
  if (returnUrl === null) return '/';
  const url = new URL(returnUrl);
  url.searchParams.set(object, id);
  url.searchParams.set(`${object}_client_secret`, secret ?? '');
  url.searchParams.set('redirect_status', status);
  return url.href;
}
