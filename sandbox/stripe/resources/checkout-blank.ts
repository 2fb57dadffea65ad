// A new Checkout session, as far as its parameters do not vary it.

import type Stripe from 'stripe';
import { newId, type World } from '../world';

export function blankSession(world: World) {
  const id = newId('cs_test_a1', 56);
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: world.clock.now(),
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer_account: null,
    customer_creation: null,
    discounts: [],
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    managed_payments: null,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'always',
    payment_method_configuration_details: null,
    payment_method_options: {},
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    subscription: null,
    ui_mode: 'hosted_page',
    url: `${world.url()}/c/pay/${id}`,
    wallet_options: null,
  } as const satisfies Partial<Stripe.Checkout.Session>;
}

export function detailsOf(
  customer: Stripe.Customer | undefined,
  email: string | undefined,
): Stripe.Checkout.Session.CustomerDetails | null {
  if (customer === undefined && email === undefined) return null;
  const nothing = { address: null, business_name: null, individual_name: null, phone: null, tax_ids: null };
  return { ...nothing, email: email ?? customer?.email ?? null, name: customer?.name ?? null, tax_exempt: 'none' };
}
