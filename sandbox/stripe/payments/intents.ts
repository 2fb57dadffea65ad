// A new PaymentIntent, not confirmed yet.

import type Stripe from 'stripe';
import { emit } from '../events';
import { newId, type World } from '../world';

export const methodTypes = ['card', 'us_bank_account'] as const;

export type MethodType = (typeof methodTypes)[number];

export type NewIntent = {
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly metadata: Stripe.Metadata;
  readonly allowed: readonly MethodType[] | null;
  readonly excluded: readonly MethodType[] | null;
  readonly method: string | null;
  readonly receiptEmail: string | null;
  readonly setupFutureUsage: Stripe.PaymentIntent.SetupFutureUsage | null;
  readonly descriptor: string | null;
  readonly suffix: string | null;
  readonly cardOptions: object;
};

export function makeIntent(world: World, asked: NewIntent): Stripe.PaymentIntent {
  const id = newId('pi_3');
  const intent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: asked.allowed === null ? null : [...asked.allowed],
    amount: asked.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: asked.allowed === null ? { allow_redirects: 'always', enabled: true } : null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${newId('', 24)}`,
    confirmation_method: 'automatic',
    created: world.clock.now(),
    currency: asked.currency,
    customer: asked.customer,
    customer_account: null,
    description: asked.description,
    excluded_payment_method_types: asked.excluded === null ? null : [...asked.excluded],
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: asked.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: asked.method,
    payment_method_configuration_details: null,
    payment_method_options: optionsOf(asked.cardOptions),
    payment_method_types: typesOf(asked.allowed, asked.excluded),
    payment_record: null,
    processing: null,
    receipt_email: asked.receiptEmail,
    review: null,
    setup_future_usage: asked.setupFutureUsage,
    shipping: null,
    source: null,
    statement_descriptor: asked.descriptor,
    statement_descriptor_suffix: asked.suffix,
    status: asked.method === null ? 'requires_payment_method' : 'requires_confirmation',
    transfer_data: null,
    transfer_group: null,
  } satisfies Stripe.PaymentIntent;
  world.store.put('paymentIntents', intent);
  emit(world, 'payment_intent.created', intent);
  return intent;
}

/** The types that a customer may pay with: those allowed, or all but those excluded. */
export function typesOf(allowed: readonly MethodType[] | null, excluded: readonly MethodType[] | null): Array<string> {
  return [...(allowed ?? methodTypes.filter((type) => !(excluded ?? []).includes(type)))];
}

function optionsOf(card: object): Stripe.PaymentIntent.PaymentMethodOptions {
  const always = { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' };
  return { card: { ...always, ...card } as Stripe.PaymentIntent.PaymentMethodOptions.Card };
}
