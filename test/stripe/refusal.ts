// What Stripe's package throws, as the answer had it.

import Stripe from 'stripe';

export type Refusal = Stripe.StripeRawError & {
  readonly statusCode?: number;
  readonly payment_intent?: Stripe.PaymentIntent;
  readonly payment_method?: Stripe.PaymentMethod;
  readonly setup_intent?: Stripe.SetupIntent;
};

export async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await promise.then(
    (value) => new Error(`expected a refusal, came ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  return error.raw as Refusal;
}
