import type Stripe from 'stripe';
import { emit } from '../events';
import { confirm, mandateOf } from '../payments/confirming';
import { makeIntent } from '../payments/intents';
import { endpoint } from '../protocol/endpoint';
import { missing, refused } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import type { Values } from '../protocol/parameters';
import type { World } from '../world';
import { changed, customerOf, requireKnown } from './customers';
import { checkAmount, checkCreate, checkUsage } from './payment-intent-checks';
import { cancelFields, confirmFields, createFields, listFields, updateFields } from './payment-intent-parameters';
import { attach, markSpent, paymentMethodOf } from './payment-methods';

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
    run: (world, values) => {
      const { customer, created } = values;
      requireKnown(world, customer);
      const isMeant = (each: Stripe.PaymentIntent) =>
        isWithin(each.created, created) && (customer === undefined || each.customer === customer);
      return pageOf(world.store.all('paymentIntents').filter(isMeant), values, '/v1/payment_intents');
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
  if (!isCancelable(old)) {
    const message = `You cannot cancel this PaymentIntent because it has a status of ${old.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, processing.`;
    throw refused({ code: 'payment_intent_unexpected_state', message, payment_intent: old });
  }
  return cancelIntent(world, old, values.cancellation_reason ?? null);
}

export function isCancelable({ status }: Stripe.PaymentIntent): boolean {
  return ['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(status);
}

export function cancelIntent(
  world: World,
  old: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  const canceled = world.store.put('paymentIntents', {
    ...old,
    canceled_at: world.clock.now(),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  });
  emit(world, 'payment_intent.canceled', canceled, changed(old, canceled));
  return canceled;
}
