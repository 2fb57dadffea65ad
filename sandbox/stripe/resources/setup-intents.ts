import type Stripe from 'stripe';
import { emit } from '../events';
import { type MethodType, typesOf } from '../payments/intents';
import { confirmSetup } from '../payments/setting-up';
import { endpoint } from '../protocol/endpoint';
import { missing, refused } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import type { Values } from '../protocol/parameters';
import { newId, type World } from '../world';
import { changed, customerOf } from './customers';
import { paymentMethodOf } from './payment-methods';
import { cancelFields, confirmFields, createFields, listFields } from './setup-intent-parameters';

export const setupIntents = [
  endpoint({ method: 'POST', path: '/v1/setup_intents', fields: createFields, run: create }),
  endpoint({
    method: 'GET',
    path: '/v1/setup_intents',
    fields: listFields,
    run: ({ store }, values) => {
      const { customer, created, payment_method: method } = values;
      const isMeant = (each: Stripe.SetupIntent) =>
        isWithin(each.created, created) &&
        (customer === undefined || each.customer === customer) &&
        (method === undefined || each.payment_method === method);
      return pageOf(store.all('setupIntents').filter(isMeant), values, '/v1/setup_intents');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/setup_intents/:id',
    fields: { expand: 'texts', client_secret: 'text' },
    run: (world, _values, id) => setupIntentOf(world, id),
  }),
  endpoint({ method: 'POST', path: '/v1/setup_intents/:id/confirm', fields: confirmFields, run: confirmLater }),
  endpoint({
    method: 'POST',
    path: '/v1/setup_intents/:id/cancel',
    fields: cancelFields,
    run: (world, values, id) => cancelSetup(world, setupIntentOf(world, id), values.cancellation_reason ?? null),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/mandates/:id',
    fields: { expand: 'texts' },
    run: ({ store }, _values, id) => {
      const found = store.get('mandates', id);
      if (found === undefined) throw missing('mandate', id);
      return found;
    },
  }),
];

export function setupIntentOf({ store }: World, id: string): Stripe.SetupIntent {
  const found = store.get('setupIntents', id);
  if (found === undefined) throw missing('setupintent', id);
  return found;
}

type NewSetup = {
  readonly customer: string | null;
  readonly description: string | null;
  readonly metadata: Stripe.Metadata;
  readonly allowed: readonly MethodType[] | null;
  readonly excluded: readonly MethodType[] | null;
  readonly method: string | null;
  readonly usage: string;
};

export function makeSetupIntent(world: World, asked: NewSetup): Stripe.SetupIntent {
  const id = newId('seti_1');
  const intent = {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: asked.allowed === null ? null : [...asked.allowed],
    application: null,
    automatic_payment_methods: asked.allowed === null ? { allow_redirects: 'always', enabled: true } : null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${newId('', 24)}`,
    created: world.clock.now(),
    customer: asked.customer,
    customer_account: null,
    description: asked.description,
    excluded_payment_method_types: asked.excluded === null ? null : [...asked.excluded],
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: asked.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: asked.method,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: typesOf(asked.allowed, asked.excluded),
    single_use_mandate: null,
    status: asked.method === null ? 'requires_payment_method' : 'requires_confirmation',
    usage: asked.usage,
  } satisfies Stripe.SetupIntent;
  world.store.put('setupIntents', intent);
  emit(world, 'setup_intent.created', intent);
  return intent;
}

function create(world: World, values: Values<typeof createFields>): Stripe.SetupIntent {
  const { customer, payment_method: methodId, return_url: returnUrl = null } = values;
  if (customer !== undefined) customerOf(world, customer, 'customer');
  const method = methodId === undefined ? undefined : paymentMethodOf(world, methodId, 'payment_method');
  const intent = makeSetupIntent(world, {
    customer: customer ?? null,
    description: values.description ?? null,
    metadata: mergedMetadata(null, values.metadata),
    allowed: values.allowed_payment_method_types ?? null,
    excluded: values.excluded_payment_method_types ?? null,
    method: method?.id ?? null,
    usage: values.usage ?? 'off_session',
  });
  if (!values.confirm) return intent;
  if (method === undefined) throw noMethod();
  return confirmSetup(world, intent, { method, returnUrl, isAuthenticated: false });
}

function confirmLater(world: World, values: Values<typeof confirmFields>, id: string): Stripe.SetupIntent {
  const intent = setupIntentOf(world, id);
  const methodId = values.payment_method ?? intent.payment_method;
  if (typeof methodId !== 'string') throw noMethod();
  const method = paymentMethodOf(world, methodId, 'payment_method');
  return confirmSetup(world, intent, { method, returnUrl: values.return_url ?? null, isAuthenticated: false });
}

function noMethod(): Error {
  const message = `You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment method and then confirm it again.`;
  return refused({ code: 'setup_intent_unexpected_state', message });
}

export function isSetupCancelable({ status }: Stripe.SetupIntent): boolean {
  return status !== 'succeeded' && status !== 'canceled';
}

export function cancelSetup(
  world: World,
  old: Stripe.SetupIntent,
  reason: Stripe.SetupIntent.CancellationReason | null,
): Stripe.SetupIntent {
  if (!isSetupCancelable(old)) {
    const message = `You cannot cancel this SetupIntent because it has a status of ${old.status}. Only a SetupIntent with one of the following statuses may be canceled: requires_payment_method, requires_confirmation, requires_action.`;
    throw refused({ code: 'setup_intent_unexpected_state', message, setup_intent: old });
  }
  const canceled = world.store.put('setupIntents', {
    ...old,
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  });
  emit(world, 'setup_intent.canceled', canceled, changed(old, canceled));
  return canceled;
}
