// A customer with a payment method, and what a test charges them.

import type Stripe from 'stripe';
import { type Refusal, refusalOf } from './refusal';

export type Paying = { readonly customer: string; readonly payment_method: string };

export async function customerWith(stripe: Stripe, alias: string): Promise<Paying> {
  const customer = await stripe.customers.create({ name: 'Acme', email: 'pay@acme.example' });
  const method = await stripe.paymentMethods.attach(alias, { customer: customer.id });
  return { customer: customer.id, payment_method: method.id };
}

const asMonthly = { currency: 'usd', off_session: true, confirm: true, error_on_requires_action: true } as const;

export function chargeOffSession(stripe: Stripe, paying: Paying, amount: number): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({ ...asMonthly, ...paying, amount });
}

export function declineOffSession(stripe: Stripe, paying: Paying, amount = 1000): Promise<Refusal> {
  return refusalOf(chargeOffSession(stripe, paying, amount));
}
