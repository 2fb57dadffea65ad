// What SetupIntents take.

import type Stripe from 'stripe';
import { methodTypes } from '../payments/intents';
import { type Fields, pagination } from '../protocol/parameters';

const methods = { each: { oneOf: methodTypes } } as const;

export const createFields = {
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
} as const satisfies Record<keyof Stripe.SetupIntentCreateParams, Fields[string]>;

export const confirmFields = {
  allowed_payment_method_types: methods,
  confirmation_token: 'unmodelled',
  expand: 'texts',
  mandate_data: 'open',
  payment_method: 'text',
  payment_method_data: 'unmodelled',
  payment_method_options: 'open',
  return_url: 'text',
  use_stripe_sdk: 'ignored',
} as const satisfies Record<keyof Stripe.SetupIntentConfirmParams, Fields[string]>;

export const listFields = {
  ...pagination,
  attach_to_self: 'unmodelled',
  created: 'range',
  customer: 'text',
  customer_account: 'unmodelled',
  expand: 'texts',
  payment_method: 'text',
} as const satisfies Record<keyof Stripe.SetupIntentListParams, Fields[string]>;

export const cancelFields = {
  cancellation_reason: { oneOf: ['abandoned', 'duplicate', 'requested_by_customer'] },
  expand: 'texts',
} as const satisfies Record<keyof Stripe.SetupIntentCancelParams, Fields[string]>;
