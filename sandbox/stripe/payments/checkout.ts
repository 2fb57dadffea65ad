// What happens when somebody submits the hosted page: a payment method is made of what they typed, and saved or charged.

import type Stripe from 'stripe';
import { testRouting } from '../behaviours/accounts';
import { declines, sentenceOf } from '../behaviours/declines';
import { accountOfNumber, cardOfNumber, makeAccount, makeCard } from '../behaviours/instruments';
import { StripeFailure } from '../protocol/errors';
import { savedFor } from '../resources/payment-intents';
import { idOf, type World } from '../world';
import { confirm } from './confirming';
import { type MethodType, makeIntent } from './intents';
import { completeSession } from './sessions';
import { confirmSetup } from './setting-up';

/** Where the browser goes next, or the sentence that the page shows. */
export type Submitted = { readonly to: string } | { readonly problem: string };

export type Typed = Readonly<Record<string, string>>;

export function submitCheckout(world: World, session: Stripe.Checkout.Session, typed: Typed): Submitted {
  const method = methodOf(world, session, typed);
  if (typeof method === 'string') return { problem: method };
  try {
    return session.mode === 'setup' ? setUp(world, session, method) : pay(world, session, method);
  } catch (error) {
    if (error instanceof StripeFailure) return { problem: error.body.message };
    throw error;
  }
}

function setUp(world: World, session: Stripe.Checkout.Session, method: Stripe.PaymentMethod): Submitted {
  const intent = world.store.get('setupIntents', idOf(session.setup_intent) ?? '');
  if (intent === undefined) throw new Error(`session ${session.id} has no SetupIntent`);
  const how = { method, returnUrl: session.success_url, isAuthenticated: false };
  return afterSetup(world, session, confirmSetup(world, intent, how));
}

function afterSetup(world: World, session: Stripe.Checkout.Session, intent: Stripe.SetupIntent): Submitted {
  const challenge = intent.next_action?.redirect_to_url?.url;
  if (intent.status === 'requires_action' && challenge) return { to: challenge };
  completeSession(world, session, 'no_payment_required');
  return { to: successUrl(session) };
}

function pay(world: World, session: Stripe.Checkout.Session, method: Stripe.PaymentMethod): Submitted {
  // Made when the page is submitted, and used again when it is submitted once more.
  const intent = world.store.get('paymentIntents', idOf(session.payment_intent) ?? '') ?? intentOf(world, session);
  const open = world.store.put('sessions', { ...session, payment_intent: intent.id });
  const how = { method, offSession: false, errorOnRequiresAction: false, returnUrl: null, isAuthenticated: false };
  return afterPayment(world, open, savedFor(world, confirm(world, intent, how), method));
}

function afterPayment(world: World, session: Stripe.Checkout.Session, intent: Stripe.PaymentIntent): Submitted {
  const challenge = intent.next_action?.redirect_to_url?.url;
  if (intent.status === 'requires_action' && challenge) return { to: challenge };
  completeSession(world, session, intent.status === 'succeeded' ? 'paid' : 'unpaid');
  return { to: successUrl(session) };
}

function intentOf(world: World, session: Stripe.Checkout.Session): Stripe.PaymentIntent {
  const data = world.store.get('lineItems', session.id)?.intentData ?? {};
  return makeIntent(world, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    customer: idOf(session.customer),
    description: data.description ?? null,
    metadata: data.metadata ?? {},
    allowed: session.payment_method_types as MethodType[],
    excluded: null,
    method: null,
    receiptEmail: data.receipt_email ?? null,
    setupFutureUsage: data.setup_future_usage ?? null,
    descriptor: data.statement_descriptor ?? null,
    suffix: data.statement_descriptor_suffix ?? null,
    cardOptions: {},
  });
}

/** The holder has answered what their bank asked. */
export function afterAuthentication(
  world: World,
  intent: Stripe.SetupIntent | Stripe.PaymentIntent,
): Submitted | undefined {
  const session = world.store
    .all('sessions')
    .find(({ setup_intent: setup, payment_intent: payment }) => setup === intent.id || payment === intent.id);
  if (session === undefined) return undefined;
  return intent.object === 'setup_intent' ? afterSetup(world, session, intent) : afterPayment(world, session, intent);
}

export function successUrl({ success_url: url, id }: Stripe.Checkout.Session): string {
  return (url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', id);
}

function methodOf(world: World, session: Stripe.Checkout.Session, typed: Typed): Stripe.PaymentMethod | string {
  const only = session.payment_method_types.length === 1 ? session.payment_method_types[0] : undefined;
  const type = only ?? typed['method'] ?? 'card';
  if (!session.payment_method_types.includes(type)) return 'Choose how to pay.';
  return type === 'card' ? cardTyped(world, typed) : accountTyped(world, session, typed);
}

function cardTyped(world: World, typed: Typed): Stripe.PaymentMethod | string {
  const number = (typed['number'] ?? '').replace(/[\s-]/g, '');
  const expiry = expiryOf(typed['exp'] ?? '', world.clock.nowMs());
  const cvc = typed['cvc'] ?? '';
  if (number === '') return 'Enter the card number.';
  if (!/^\d{12,19}$/.test(number) || !isLuhn(number)) return sentenceOf(declines.incorrectNumber);
  if (typeof expiry === 'string') return expiry;
  if (!/^\d{3,4}$/.test(cvc)) return "Your card's security code is incomplete.";
  const card = cardOfNumber(number);
  // Whoever types a real card here has taken this page for another.
  if (card === undefined) return sentenceOf(declines.notATestCard);
  return makeCard(world, card, { ...expiry, cvc }, { name: typed['name'] ?? '' });
}

function expiryOf(text: string, nowMs: number): { expMonth: number; expYear: number } | string {
  const match = /^\s*(\d{1,2})\s*\/?\s*(\d{2}|\d{4})\s*$/.exec(text);
  const expMonth = Number(match?.[1]);
  const year = Number(match?.[2]);
  if (match === null || expMonth < 1 || expMonth > 12) return "Your card's expiration date is incomplete.";
  const expYear = year < 100 ? 2000 + year : year;
  const now = new Date(nowMs);
  const isPast = expYear * 12 + expMonth < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1;
  return isPast ? "Your card's expiration date is in the past." : { expMonth, expYear };
}

function isLuhn(number: string): boolean {
  const sum = [...number].toReversed().reduce((all, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return all + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function accountTyped(world: World, session: Stripe.Checkout.Session, typed: Typed): Stripe.PaymentMethod | string {
  const account = accountOfNumber((typed['account'] ?? '').replace(/[\s-]/g, ''));
  const name = typed['name'] ?? '';
  if ((typed['routing'] ?? '').trim() !== testRouting)
    return `The routing number is not known here: use ${testRouting}.`;
  if (account === undefined) return 'The account number is none of the test accounts listed below.';
  if (name.trim() === '') return 'Enter the name of the account holder.';
  const holderType = typed['holder_type'] === 'company' ? 'company' : 'individual';
  const email = session.customer_details?.email;
  return makeAccount(world, account, holderType, { name, ...(email ? { email } : {}) });
}
