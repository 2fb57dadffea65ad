// The pages that people see: Checkout, the bank's question, and the viewer.

import type Stripe from 'stripe';
import { authenticate, intentAsked } from '../payments/authentication';
import { submitCheckout } from '../payments/checkout';
import { authenticationSentence } from '../payments/setting-up';
import type { Asked, Page, Served } from '../server';
import { idOf, type World } from '../world';
import { authenticationPage } from './authentication';
import { checkoutPage, closedPage, receiptPage } from './checkout';
import { switchesPage, viewerPage } from './viewer';

export function pageAnswer(served: Served, asked: Asked): Page | undefined {
  const { method, pathname } = asked;
  const { world } = served.api;
  const [, first, second = '', third = ''] = pathname.split('/');
  if (method !== 'GET' && method !== 'POST') return undefined;
  if (pathname === '/health') return { status: 200, type: 'application/json', body: '{"status":"ok"}' };
  if (method === 'GET' && pathname === '/') return html(viewerPage(served));
  if (method === 'GET' && pathname === '/switches') return html(switchesPage(served));
  if (first === 'c' && second === 'pay') return checkoutAnswer(world, asked, third);
  if (method === 'GET' && first === 'receipts') return receiptAnswer(world, second);
  if (first === 'authenticate') return authenticationAnswer(world, asked, second);
  return undefined;
}

function receiptAnswer({ store }: World, id: string): Page | undefined {
  const intent = store.get('paymentIntents', id);
  return intent?.status === 'succeeded' ? html(receiptPage(intent)) : undefined;
}

function checkoutAnswer(world: World, { method, body, query }: Asked, id: string): Page | undefined {
  const session = world.store.get('sessions', id);
  if (session === undefined) return undefined;
  if (session.status !== 'open') return html(closedPage(session), 410);
  const items = world.store.get('lineItems', id)?.items ?? [];
  if (method === 'GET') {
    const problem = query.has('refused') ? whyRefused(world, session) : null;
    return html(checkoutPage({ session, items, problem, typed: {} }));
  }
  const typed = Object.fromEntries(new URLSearchParams(body));
  const submitted = submitCheckout(world, session, typed);
  if ('to' in submitted) return { status: 303, headers: { location: submitted.to } };
  const { number: _number, cvc: _cvc, account: _account, ...again } = typed;
  return html(checkoutPage({ session, items, problem: submitted.problem, typed: again }), 402);
}

// The bank said no, or the holder, or, once they had agreed, the bank after all.
function whyRefused({ store }: World, session: Stripe.Checkout.Session): string {
  const setup = store.get('setupIntents', idOf(session.setup_intent) ?? '');
  const payment = store.get('paymentIntents', idOf(session.payment_intent) ?? '');
  return setup?.last_setup_error?.message ?? payment?.last_payment_error?.message ?? authenticationSentence;
}

function authenticationAnswer(world: World, { method, body }: Asked, id: string): Page | undefined {
  const intent = intentAsked(world, id);
  if (intent === undefined) return undefined;
  if (method === 'GET') return html(authenticationPage(intent, null));
  const decided = authenticate(world, intent, new URLSearchParams(body).get('decision') === 'approve');
  if ('to' in decided) return { status: 303, headers: { location: decided.to } };
  return html(authenticationPage(intent, decided.problem), 409);
}

// Forms lead where the session says, which is another address: their action is checked by what answers, not by the policy.
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

export function html(body: string, status = 200): Page {
  return { status, type: 'text/html; charset=utf-8', body, headers: { 'content-security-policy': policy } };
}
