// What PaymentIntents take.

import type Stripe from 'stripe';
import { methodTypes } from '../payments/intents';
import { type Fields, fieldsOf, pagination } from '../protocol/parameters';

const methods = { each: { oneOf: methodTypes } } as const;

const credentialUsages = ['installment', 'recurring', 'unscheduled'] as const;

const cardOptions = {
  request_three_d_secure: { oneOf: ['any', 'automatic', 'challenge'] },
  setup_credential_usage: { oneOf: credentialUsages },
  setup_future_usage: { oneOf: ['none', 'off_session', 'on_session', ''] },
  statement_descriptor_suffix_kana: 'unmodelled',
  stored_credential_usage: { oneOf: credentialUsages },
} as const satisfies Partial<Record<keyof Stripe.PaymentIntentCreateParams.PaymentMethodOptions.Card, Fields[string]>>;

const options = {
  fields: {
    card: { fields: cardOptions },
    us_bank_account: { fields: { verification_method: 'text', preferred_settlement_speed: 'text' } },
  } as const satisfies Partial<Record<keyof Stripe.PaymentIntentCreateParams.PaymentMethodOptions, Fields[string]>>,
} as const;

export const shared = {
  allowed_payment_method_types: methods,
  amount_details: 'unmodelled',
  capture_method: { oneOf: ['automatic', 'automatic_async'] },
  excluded_payment_method_types: methods,
  expand: 'texts',
  hooks: 'unmodelled',
  payment_details: 'unmodelled',
  payment_method: 'text',
  payment_method_data: 'unmodelled',
  payment_method_options: options,
  receipt_email: 'clearable',
  setup_future_usage: { oneOf: ['off_session', 'on_session'] },
  shipping: 'unmodelled',
} as const satisfies Fields;

const confirming = {
  confirmation_token: 'unmodelled',
  error_on_requires_action: 'flag',
  mandate: 'text',
  mandate_data: 'open',
  off_session: 'flag',
  radar_options: 'unmodelled',
  return_url: 'text',
  use_stripe_sdk: 'ignored',
} as const satisfies Fields;

const creating = {
  application_fee_amount: 'unmodelled',
  customer: 'text',
  customer_account: 'unmodelled',
  description: 'text',
  metadata: 'metadata',
  payment_method_configuration: 'unmodelled',
  statement_descriptor: 'text',
  statement_descriptor_suffix: 'text',
  transfer_data: 'unmodelled',
  transfer_group: 'unmodelled',
} as const satisfies Fields;

export const createFields = fieldsOf<Stripe.PaymentIntentCreateParams>()({
  ...shared,
  ...confirming,
  ...creating,
  amount: 'whole',
  automatic_payment_methods: { fields: { enabled: 'flag', allow_redirects: { oneOf: ['always', 'never'] } } },
  confirm: 'flag',
  confirmation_method: { oneOf: ['automatic'] },
  currency: 'text',
  on_behalf_of: 'unmodelled',
});

export const confirmFields = fieldsOf<Stripe.PaymentIntentConfirmParams>()({
  ...shared,
  ...confirming,
  amount_to_confirm: 'unmodelled',
});

export const updateFields = fieldsOf<Stripe.PaymentIntentUpdateParams>()({
  ...shared,
  ...creating,
  description: 'clearable',
  amount: 'whole',
  currency: 'unmodelled',
});

export const listFields = fieldsOf<Stripe.PaymentIntentListParams>()({
  ...pagination,
  created: 'range',
  customer: 'text',
  customer_account: 'unmodelled',
  expand: 'texts',
});

export const cancelFields = fieldsOf<Stripe.PaymentIntentCancelParams>()({
  cancellation_reason: { oneOf: ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] },
  expand: 'texts',
});
