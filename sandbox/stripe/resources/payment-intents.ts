import type Stripe from 'stripe';
import { emit } from '../events';
import { confirm, mandateOf } from '../payments/confirming';
import { makeIntent, methodTypes } from '../payments/intents';
import { endpoint } from '../protocol/endpoint';
import { invalid, missing, refused } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import { type Fields, pagination, type Values } from '../protocol/parameters';
import type { World } from '../world';
import { changed, customerOf } from './customers';
import { attach, markSpent, paymentMethodOf } from './payment-methods';

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

const shared = {
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

const createFields = {
  ...shared,
  ...confirming,
  ...creating,
  amount: 'whole',
  automatic_payment_methods: { fields: { enabled: 'flag', allow_redirects: { oneOf: ['always', 'never'] } } },
  confirm: 'flag',
  confirmation_method: { oneOf: ['automatic'] },
  currency: 'text',
  on_behalf_of: 'unmodelled',
} as const satisfies Record<keyof Stripe.PaymentIntentCreateParams, Fields[string]>;

const confirmFields = {
  ...shared,
  ...confirming,
  amount_to_confirm: 'unmodelled',
} as const satisfies Record<keyof Stripe.PaymentIntentConfirmParams, Fields[string]>;

const updateFields = {
  ...shared,
  ...creating,
  description: 'clearable',
  amount: 'whole',
  currency: 'unmodelled',
} as const satisfies Record<keyof Stripe.PaymentIntentUpdateParams, Fields[string]>;

const listFields = {
  ...pagination,
  created: 'range',
  customer: 'text',
  customer_account: 'unmodelled',
  expand: 'texts',
} as const satisfies Record<keyof Stripe.PaymentIntentListParams, Fields[string]>;

const cancelFields = {
  cancellation_reason: { oneOf: ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] },
  expand: 'texts',
} as const satisfies Record<keyof Stripe.PaymentIntentCancelParams, Fields[string]>;

export const paymentIntents = [
  endpoint({
    method: 'POST',
    path: '/v1/payment_intents',
    fields: createFields,
    required: ['amount', 'currency'],
    check: checkCreate,
    run: create,
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_intents',
    fields: listFields,
    run: ({ store }, values) => {
      const { customer, created } = values;
      const isMeant = (each: Stripe.PaymentIntent) =>
        isWithin(each.created, created) && (customer === undefined || each.customer === customer);
      return pageOf(store.all('paymentIntents').filter(isMeant), values, '/v1/payment_intents');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_intents/:id',
    fields: { expand: 'texts', client_secret: 'text' },
    run: (world, _values, id) => paymentIntentOf(world, id),
  }),
  endpoint({ method: 'POST', path: '/v1/payment_intents/:id', fields: updateFields, run: update }),
  endpoint({ method: 'POST', path: '/v1/payment_intents/:id/confirm', fields: confirmFields, run: confirmLater }),
  endpoint({ method: 'POST', path: '/v1/payment_intents/:id/cancel', fields: cancelFields, run: cancel }),
];

export function paymentIntentOf({ store }: World, id: string, param = 'id'): Stripe.PaymentIntent {
  const found = store.get('paymentIntents', id);
  if (found === undefined) throw missing('payment_intent', id, param);
  return found;
}

const confirmOnly = ['error_on_requires_action', 'off_session', 'mandate', 'mandate_data', 'return_url'] as const;

function checkCreate(values: Values<typeof createFields>): void {
  const { amount = 0, confirm: isConfirmed, currency = '' } = values;
  checkAmount(amount, currency);
  for (const name of confirmOnly) {
    if (!isConfirmed && values[name] !== undefined) {
      const message = `You can only pass in \`${name}\` when \`confirm\` is true.`;
      throw invalid({ message, param: name });
    }
  }
  for (const name of ['excluded_payment_method_types', 'automatic_payment_methods'] as const) {
    if (values.allowed_payment_method_types !== undefined && values[name] !== undefined) {
      const message = `You may only specify one of these parameters: allowed_payment_method_types, ${name}.`;
      throw invalid({ code: 'parameters_exclusive', message, param: 'allowed_payment_method_types' });
    }
  }
  checkUsage(values);
}

function checkAmount(amount: number, currency: string): void {
  if (!/^[a-z]{3}$/i.test(currency)) throw invalid({ message: `Invalid currency: ${currency}`, param: 'currency' });
  if (amount < 1) {
    const message = 'This value must be greater than or equal to 1.';
    throw invalid({ code: 'parameter_invalid_integer', message, param: 'amount' });
  }
  if (amount < 50) {
    const message = 'Amount must be at least $0.50 usd';
    throw invalid({ code: 'amount_too_small', message, param: 'amount' });
  }
  if (amount > 99_999_999) {
    const message = 'Amount must be no more than $999,999.99';
    throw invalid({ code: 'amount_too_large', message, param: 'amount' });
  }
}

function checkUsage({ payment_method_options: given, setup_future_usage: future }: Values<typeof shared>): void {
  const declared = given?.card?.stored_credential_usage ?? given?.card?.setup_credential_usage;
  if (declared === undefined || (future ?? given?.card?.setup_future_usage) === undefined) return;
  const message =
    'You may only specify one of these parameters: setup_future_usage, payment_method_options[card][stored_credential_usage].';
  throw invalid({ code: 'parameters_exclusive', message, param: 'setup_future_usage' });
}

function create(world: World, values: Values<typeof createFields>): Stripe.PaymentIntent {
  const { amount = 0, currency = '', customer, payment_method: methodId, off_session: offSession } = values;
  if (customer !== undefined) customerOf(world, customer, 'customer');
  const method = methodId === undefined ? undefined : paymentMethodOf(world, methodId, 'payment_method');
  if (values.mandate !== undefined && world.store.get('mandates', values.mandate) === undefined) {
    throw missing('mandate', values.mandate, 'mandate');
  }
  if (values.confirm && method === undefined) throw noMethod();
  const intent = makeIntent(world, {
    amount,
    currency: currency.toLowerCase(),
    customer: customer ?? null,
    description: values.description ?? null,
    metadata: values.metadata ?? {},
    allowed: values.allowed_payment_method_types ?? null,
    excluded: values.excluded_payment_method_types ?? null,
    method: method?.id ?? null,
    receiptEmail: values.receipt_email ?? null,
    setupFutureUsage: values.setup_future_usage ?? null,
    descriptor: values.statement_descriptor ?? null,
    suffix: values.statement_descriptor_suffix ?? null,
    cardOptions: values.payment_method_options?.card ?? {},
  });
  if (!values.confirm || method === undefined) return intent;
  const { return_url: returnUrl = null, error_on_requires_action: asError = false } = values;
  const how = {
    method,
    offSession: offSession ?? false,
    errorOnRequiresAction: asError,
    returnUrl,
    isAuthenticated: false,
  };
  return savedFor(world, confirm(world, intent, how), method);
}

function noMethod(): Error {
  const message = `You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent with a payment method and then confirm it again.`;
  return refused({ code: 'payment_intent_unexpected_state', message });
}

/** With `setup_future_usage` the method that paid stays with the customer; without, it is not to be used twice. */
export function savedFor(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  if (method.customer !== null || !['succeeded', 'processing'].includes(intent.status)) return intent;
  if (intent.setup_future_usage !== null && typeof intent.customer === 'string') {
    attach(world, method, intent.customer);
    if (method.type === 'us_bank_account') mandateOf(world, method);
    return intent;
  }
  markSpent(world, method.id);
  return intent;
}

function update(world: World, values: Values<typeof updateFields>, id: string): Stripe.PaymentIntent {
  const old = paymentIntentOf(world, id);
  const isOver = ['succeeded', 'canceled', 'processing'].includes(old.status);
  if (isOver && (values.amount !== undefined || values.payment_method !== undefined)) {
    const message = `This PaymentIntent's amount could not be updated because it has a status of ${old.status}. You may only update the amount of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action.`;
    throw refused({ code: 'payment_intent_unexpected_state', message, payment_intent: old });
  }
  if (values.amount !== undefined) checkAmount(values.amount, old.currency);
  const { payment_method: methodId, customer } = values;
  if (customer !== undefined) customerOf(world, customer, 'customer');
  const method = methodId === undefined ? undefined : paymentMethodOf(world, methodId, 'payment_method');
  return world.store.put('paymentIntents', {
    ...old,
    amount: values.amount ?? old.amount,
    customer: customer ?? old.customer,
    description: (values.description ?? old.description) || null,
    metadata: mergedMetadata(old.metadata, values.metadata),
    receipt_email: (values.receipt_email ?? old.receipt_email) || null,
    ...(method === undefined ? {} : { payment_method: method.id, status: 'requires_confirmation' }),
  });
}

function confirmLater(world: World, values: Values<typeof confirmFields>, id: string): Stripe.PaymentIntent {
  checkUsage(values);
  const old = paymentIntentOf(world, id);
  const methodId = values.payment_method ?? old.payment_method;
  if (typeof methodId !== 'string') throw noMethod();
  const method = paymentMethodOf(world, methodId, 'payment_method');
  const card = { ...old.payment_method_options?.card, ...values.payment_method_options?.card };
  const intent = {
    ...old,
    payment_method_options: { ...old.payment_method_options, card },
    setup_future_usage: values.setup_future_usage ?? old.setup_future_usage,
  } as Stripe.PaymentIntent;
  const { return_url: returnUrl = null, off_session: offSession = false, error_on_requires_action: asError } = values;
  const how = { method, offSession, errorOnRequiresAction: asError ?? false, returnUrl, isAuthenticated: false };
  return savedFor(world, confirm(world, intent, how), method);
}

function cancel(world: World, values: Values<typeof cancelFields>, id: string): Stripe.PaymentIntent {
  const old = paymentIntentOf(world, id);
  if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(old.status)) {
    const message = `You cannot cancel this PaymentIntent because it has a status of ${old.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, processing.`;
    throw refused({ code: 'payment_intent_unexpected_state', message, payment_intent: old });
  }
  const canceled = world.store.put('paymentIntents', {
    ...old,
    canceled_at: world.clock.now(),
    cancellation_reason: values.cancellation_reason ?? null,
    next_action: null,
    status: 'canceled',
  });
  emit(world, 'payment_intent.canceled', canceled, changed(old, canceled));
  return canceled;
}
