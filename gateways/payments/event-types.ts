// The events that we subscribe to: outcomes only, as whatever led to one is read with it. Twenty, which is as many as can be
// listed at once.
import type Stripe from 'stripe';

// The package's own type of an event's type is open to any text; the union of its events is not.
type KnownEventType = Stripe.Event extends infer E ? (E extends { readonly type: infer T } ? T : never) : never;

export const subscribedEventTypes = [
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  // Days after its session, where a bank account has to be verified first.
  'setup_intent.succeeded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'charge.dispute.closed',
  'payment_method.detached',
  'payment_method.updated',
  'payment_method.automatically_updated',
  'mandate.updated',
] as const satisfies readonly KnownEventType[];

export type SubscribedEventType = (typeof subscribedEventTypes)[number];
