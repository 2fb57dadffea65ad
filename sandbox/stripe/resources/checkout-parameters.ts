// What Checkout takes.

import type Stripe from 'stripe';
import { methodTypes } from '../payments/intents';
import { type Fields, fieldsOf, pagination } from '../protocol/parameters';

type Params = Stripe.Checkout.SessionCreateParams;

const methods = { each: { oneOf: methodTypes } } as const;

const lineItem = {
  adjustable_quantity: 'unmodelled',
  metadata: 'ignored',
  price: 'unmodelled',
  price_data: {
    fields: {
      currency: 'text',
      product: 'unmodelled',
      product_data: { fields: { name: 'text', description: 'text', images: 'ignored', metadata: 'ignored' } },
      recurring: 'unmodelled',
      tax_behavior: 'unmodelled',
      unit_amount: 'whole',
      unit_amount_decimal: 'unmodelled',
    },
  },
  quantity: 'whole',
  tax_rates: 'unmodelled',
} as const satisfies Partial<Record<keyof Stripe.Checkout.SessionCreateParams.LineItem, Fields[string]>>;

export const intentData = {
  description: 'text',
  metadata: 'metadata',
  receipt_email: 'text',
  setup_future_usage: { oneOf: ['off_session', 'on_session'] },
  statement_descriptor: 'text',
  statement_descriptor_suffix: 'text',
} as const satisfies Partial<Record<keyof Stripe.Checkout.SessionCreateParams.PaymentIntentData, Fields[string]>>;

const setupData = fieldsOf<Stripe.Checkout.SessionCreateParams.SetupIntentData>()({
  description: 'text',
  metadata: 'metadata',
  on_behalf_of: 'unmodelled',
});

const options = {
  card: { fields: { request_three_d_secure: { oneOf: ['any', 'automatic', 'challenge'] } } },
  us_bank_account: { fields: { financial_connections: 'open', verification_method: 'text' } },
} as const satisfies Partial<Record<keyof Stripe.Checkout.SessionCreateParams.PaymentMethodOptions, Fields[string]>>;

export const createFields = fieldsOf<Params>()({
  adaptive_pricing: 'ignored',
  after_expiration: 'unmodelled',
  allow_promotion_codes: 'unmodelled',
  allowed_payment_method_types: methods,
  automatic_tax: 'unmodelled',
  billing_address_collection: 'ignored',
  branding_settings: 'ignored',
  cancel_url: 'text',
  client_reference_id: 'text',
  consent_collection: 'unmodelled',
  currency: 'text',
  custom_fields: 'unmodelled',
  custom_text: 'ignored',
  customer: 'text',
  customer_account: 'unmodelled',
  customer_creation: 'unmodelled',
  customer_email: 'text',
  customer_update: 'ignored',
  discounts: 'unmodelled',
  excluded_payment_method_types: methods,
  expand: 'texts',
  expires_at: 'whole',
  integration_identifier: 'unmodelled',
  invoice_creation: 'unmodelled',
  line_items: { each: { fields: lineItem } },
  locale: 'text',
  managed_payments: 'unmodelled',
  metadata: 'metadata',
  mode: { oneOf: ['payment', 'setup'] },
  name_collection: 'unmodelled',
  optional_items: 'unmodelled',
  origin_context: 'unmodelled',
  payment_intent_data: { fields: intentData },
  payment_method_collection: 'unmodelled',
  payment_method_configuration: 'unmodelled',
  payment_method_data: 'unmodelled',
  payment_method_options: { fields: options },
  permissions: 'unmodelled',
  phone_number_collection: 'unmodelled',
  redirect_on_completion: 'unmodelled',
  return_url: 'unmodelled',
  saved_payment_method_options: 'ignored',
  setup_intent_data: { fields: setupData },
  shipping_address_collection: 'unmodelled',
  shipping_options: 'unmodelled',
  submit_type: { oneOf: ['auto', 'book', 'donate', 'pay'] },
  subscription_data: 'unmodelled',
  success_url: 'text',
  tax_id_collection: 'unmodelled',
  ui_mode: { oneOf: ['hosted_page'] },
  wallet_options: 'ignored',
});

export const listFields = fieldsOf<Stripe.Checkout.SessionListParams>()({
  ...pagination,
  created: 'range',
  customer: 'text',
  customer_account: 'unmodelled',
  customer_details: 'unmodelled',
  expand: 'texts',
  payment_intent: 'text',
  payment_link: 'unmodelled',
  status: { oneOf: ['complete', 'expired', 'open'] },
  subscription: 'unmodelled',
});

export const updateFields = {
  collected_information: 'unmodelled',
  expand: 'texts',
  line_items: 'unmodelled',
  metadata: 'metadata',
  shipping_options: 'unmodelled',
} as const satisfies Partial<Record<keyof Stripe.Checkout.SessionUpdateParams, Fields[string]>>;
