import type Stripe from 'stripe';
import { schedule } from '../due';
import { emit } from '../events';
import { type MethodType, typesOf } from '../payments/intents';
import { endpoint } from '../protocol/endpoint';
import { invalid, missing, refused } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import type { Values } from '../protocol/parameters';
import { idOf, type World } from '../world';
import { amountsOf, itemsOf } from './checkout-amounts';
import { blankSession, detailsOf } from './checkout-blank';
import { checkCreate } from './checkout-checks';
import { createFields, listFields, updateFields } from './checkout-parameters';
import { customerOf } from './customers';
import { cancelIntent, isCancelable } from './payment-intents';
import { cancelSetup, isSetupCancelable, makeSetupIntent } from './setup-intents';

type Asked = Values<typeof createFields>;

const shortestSeconds = 30 * 60;
const longestSeconds = 24 * 3600;

export const checkoutSessions = [
  endpoint({
    method: 'POST',
    path: '/v1/checkout/sessions',
    fields: createFields,
    required: ['mode'],
    check: checkCreate,
    run: create,
  }),
  endpoint({
    method: 'GET',
    path: '/v1/checkout/sessions',
    fields: listFields,
    run: ({ store }, values) => {
      const { created, customer, payment_intent: intent, status } = values;
      const isMeant = (each: Stripe.Checkout.Session) =>
        isWithin(each.created, created) &&
        (customer === undefined || each.customer === customer) &&
        (intent === undefined || each.payment_intent === intent) &&
        (status === undefined || each.status === status);
      return pageOf(store.all('sessions').filter(isMeant), values, '/v1/checkout/sessions');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    fields: { expand: 'texts' },
    run: (world, _values, id) => sessionOf(world, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/checkout/sessions/:id',
    fields: updateFields,
    run: (world, { metadata }, id) => {
      const old = sessionOf(world, id);
      return world.store.put('sessions', { ...old, metadata: mergedMetadata(old.metadata, metadata) });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    fields: { expand: 'texts' },
    run: (world, _values, id) => {
      const { status } = sessionOf(world, id);
      if (status === 'open') return expire(world, sessionOf(world, id));
      throw refused({
        message: `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${status}\`.`,
      });
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    fields: { limit: 'whole', starting_after: 'text', ending_before: 'text', expand: 'texts' },
    run: (world, values, id) => {
      const items = world.store.get('lineItems', sessionOf(world, id).id)?.items ?? [];
      return pageOf(items.toReversed(), values, `/v1/checkout/sessions/${id}/line_items`);
    },
  }),
];

function sessionOf({ store }: World, id: string): Stripe.Checkout.Session {
  const found = store.get('sessions', id);
  if (found === undefined) throw missing('checkout.session', id);
  return found;
}

function create(world: World, values: Asked): Stripe.Checkout.Session {
  const { store } = world;
  const { customer: customerId, mode = 'payment' } = values;
  const customer = customerId === undefined ? undefined : customerOf(world, customerId, 'customer');
  const expiresAt = expiryOf(world, values.expires_at);
  const items = itemsOf(values);
  const allowed: readonly MethodType[] | null = values.allowed_payment_method_types ?? null;
  const excluded: readonly MethodType[] | null = values.excluded_payment_method_types ?? null;
  const intent = mode === 'setup' ? setupOf(world, values, allowed, excluded) : null;
  const session = store.put('sessions', {
    ...blankSession(world),
    allowed_payment_method_types: allowed === null ? null : [...allowed],
    ...amountsOf(values, items),
    cancel_url: values.cancel_url ?? null,
    client_reference_id: values.client_reference_id ?? null,
    customer: customer?.id ?? null,
    customer_details: detailsOf(customer, values.customer_email),
    customer_email: values.customer_email ?? null,
    expires_at: expiresAt,
    locale: values.locale ?? null,
    metadata: values.metadata ?? {},
    mode,
    payment_method_types: typesOf(allowed, excluded),
    payment_status: mode === 'setup' ? 'no_payment_required' : 'unpaid',
    setup_intent: intent,
    submit_type: values.submit_type ?? null,
    success_url: values.success_url ?? null,
  } satisfies Stripe.Checkout.Session);
  store.put('lineItems', { id: session.id, items, intentData: values.payment_intent_data ?? {} });
  schedule(world, 'expireSession', session.id, expiresAt - world.clock.now());
  return session;
}

function setupOf(
  world: World,
  { customer, setup_intent_data: data }: Asked,
  allowed: readonly MethodType[] | null,
  excluded: readonly MethodType[] | null,
): string {
  const about = { description: data?.description ?? null, metadata: data?.metadata ?? {} };
  const asked = { customer: customer ?? null, ...about, allowed, excluded, method: null, usage: 'off_session' };
  return makeSetupIntent(world, asked).id;
}

function expiryOf({ clock }: World, asked: number | undefined): number {
  const now = clock.now();
  if (asked === undefined) return now + longestSeconds;
  if (asked >= now + shortestSeconds - 60 && asked <= now + longestSeconds + 60) return asked;
  const message =
    'The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.';
  throw invalid({ message, param: 'expires_at' });
}

/** Its time is over. */
export function expireSession(world: World, id: string): void {
  const session = world.store.get('sessions', id);
  if (session?.status === 'open') expire(world, session);
}

function expire(world: World, session: Stripe.Checkout.Session): Stripe.Checkout.Session {
  const expired = world.store.put('sessions', { ...session, status: 'expired', url: null });
  emit(world, 'checkout.session.expired', expired);
  // Nobody completes them any more: not even a holder whom their bank is asking just now.
  const setup = world.store.get('setupIntents', idOf(session.setup_intent) ?? '');
  if (setup !== undefined && isSetupCancelable(setup)) cancelSetup(world, setup, 'abandoned');
  const payment = world.store.get('paymentIntents', idOf(session.payment_intent) ?? '');
  if (payment !== undefined && isCancelable(payment)) cancelIntent(world, payment, 'expired');
  return expired;
}
