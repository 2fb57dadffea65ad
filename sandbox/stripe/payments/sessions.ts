// What becomes of a Checkout session when its payment does.

import type Stripe from 'stripe';
import { emit } from '../events';
import type { World } from '../world';

/** A bank debit made in Checkout has come to its end, days after the session was completed. */
export function sessionPaid(world: World, intentId: string, outcome: 'paid' | 'failed'): void {
  const session = world.store.all('sessions').find(({ payment_intent: of }) => of === intentId);
  if (session?.status !== 'complete') return;
  if (outcome === 'failed') {
    emit(world, 'checkout.session.async_payment_failed', session);
    return;
  }
  const paid = world.store.put('sessions', { ...session, payment_status: 'paid' });
  emit(world, 'checkout.session.async_payment_succeeded', paid);
}

export function completeSession(
  world: World,
  session: Stripe.Checkout.Session,
  paymentStatus: Stripe.Checkout.Session['payment_status'],
): Stripe.Checkout.Session {
  const complete = world.store.put('sessions', {
    ...session,
    payment_status: paymentStatus,
    status: 'complete',
    url: null,
  });
  emit(world, 'checkout.session.completed', complete);
  return complete;
}
