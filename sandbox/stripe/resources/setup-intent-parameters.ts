// What SetupIntents take.

import type Stripe from 'stripe';
import { methodTypes } from '../payments/intents';
import { fieldsOf, pagination } from '../protocol/parameters';

const methods = { each: { oneOf: methodTypes } } as const;

export const createFields = fieldsOf<Stripe.SetupIntentCreateParams>()({
  allowed_payment_method_types: methods,
  attach_to_self: 'unmodelled',
  automatic_payment_methods: { fields: { enabled: 'flag', allow_redirects: { oneOf: ['always', 'never'] } } },
  confirm: 'flag',
  confirmation_token: 'unmodelled',
  customer: 'text',
  customer_account: 'unmodelled',
  description: 'text',
  excluded_payment_method_types: methods,
  expand: 'texts',
  flow_directions: 'unmodelled',
  mandate_data: 'open',
  metadata: 'metadata',
  on_behalf_of: 'unmodelled',
  payment_method: 'text',
  payment_method_configuration: 'unmodelled',
  payment_method_data: 'unmodelled',
  payment_method_options: 'open',
  return_url: 'text',
  single_use: 'unmodelled',
  usage: { oneOf: ['off_session', 'on_session'] },
  use_stripe_sdk: 'ignored',
});

export const confirmFields = fieldsOf<Stripe.SetupIntentConfirmParams>()({
  allowed_payment_method_types: methods,
  confirmation_token: 'unmodelled',
  expand: 'texts',
  mandate_data: 'open',
  payment_method: 'text',
  payment_method_data: 'unmodelled',
  payment_method_options: 'open',
  return_url: 'text',
  use_stripe_sdk: 'ignored',
});

export const listFields = fieldsOf<Stripe.SetupIntentListParams>()({
  ...pagination,
  attach_to_self: 'unmodelled',
  created: 'range',
  customer: 'text',
  customer_account: 'unmodelled',
  expand: 'texts',
  payment_method: 'text',
});

export const cancelFields = fieldsOf<Stripe.SetupIntentCancelParams>()({
  cancellation_reason: { oneOf: ['abandoned', 'duplicate', 'requested_by_customer'] },
  expand: 'texts',
});
