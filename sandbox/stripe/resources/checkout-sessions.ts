import type Stripe from 'stripe';
import { schedule } from '../due';
import { emit } from '../events';
import { type MethodType, typesOf } from '../payments/intents';
import { endpoint } from '../protocol/endpoint';
import { invalid, missing, refused } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import type { Values } from '../protocol/parameters';
import { newId, type World } from '../world';
import { createFields, listFields, updateFields } from './checkout-parameters';
import { customerOf } from './customers';
import { cancelSetup, makeSetupIntent } from './setup-intents';

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

function checkCreate(values: Asked): void {
  const { mode, success_url: success, line_items: items, allowed_payment_method_types: allowed, currency } = values;
  const need = (param: string, why: string) => {
    throw invalid({ code: 'parameter_missing', message: `Missing required param: ${param}. ${why}`, param });
  };
  if (success === undefined) need('success_url', 'A hosted page leads there.');
  if (mode === 'payment' && (items ?? []).length === 0)
    need('line_items', '`line_items` is required in `payment` mode.');
  if (mode === 'setup' && allowed === undefined && currency === undefined) {
    need('currency', '`currency` is required in `setup` mode when using dynamic payment methods.');
  }
  const param = mode === 'setup' ? 'payment_intent_data' : 'setup_intent_data';
  if (values[param] !== undefined)
    throw invalid({ message: `You can not pass \`${param}\` in \`${mode}\` mode.`, param });
  if (mode === 'setup' && items !== undefined) {
    throw invalid({ message: 'You can not pass `line_items` in `setup` mode.', param: 'line_items' });
  }
  if (allowed !== undefined && values.excluded_payment_method_types !== undefined) {
    const message =
      'You may only specify one of these parameters: allowed_payment_method_types, excluded_payment_method_types.';
    throw invalid({ code: 'parameters_exclusive', message, param: 'allowed_payment_method_types' });
  }
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
    ...blank(world),
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

function itemsOf({ line_items: items = [] }: Asked): readonly Stripe.LineItem[] {
  return items.map(({ price_data: price, quantity = 1 }, at) => {
    const param = `line_items[${at}][price_data]`;
    const { currency, unit_amount: unit, product_data: product } = price ?? {};
    if (currency === undefined || unit === undefined || product?.name === undefined) {
      const message = `Missing required param: ${param} with currency, unit_amount and product_data[name].`;
      throw invalid({ code: 'parameter_missing', message, param });
    }
    return {
      id: newId('li_1'),
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: unit * quantity,
      amount_tax: 0,
      amount_total: unit * quantity,
      currency: currency.toLowerCase(),
      description: product.name,
      metadata: {},
      price: null,
      quantity,
    };
  });
}

function amountsOf({ currency, mode }: Asked, items: readonly Stripe.LineItem[]) {
  if (mode === 'setup') {
    return { amount_subtotal: null, amount_total: null, currency: currency ?? null, total_details: null };
  }
  const total = items.reduce((sum, { amount_total: amount }) => sum + amount, 0);
  if (total < 50) {
    const message = `The Checkout Session's total amount must convert to at least 50 cents.`;
    throw invalid({ code: 'amount_too_small', message, param: 'line_items' });
  }
  return {
    amount_subtotal: total,
    amount_total: total,
    currency: items[0]?.currency ?? null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  };
}

export function detailsOf(
  customer: Stripe.Customer | undefined,
  email: string | undefined,
): Stripe.Checkout.Session.CustomerDetails | null {
  if (customer === undefined && email === undefined) return null;
  const nothing = { address: null, business_name: null, individual_name: null, phone: null, tax_ids: null };
  return { ...nothing, email: email ?? customer?.email ?? null, name: customer?.name ?? null, tax_exempt: 'none' };
}

// What every session has that the emulator does not vary.
function blank(world: World) {
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

/** Its time is over. */
export function expireSession(world: World, id: string): void {
  const session = world.store.get('sessions', id);
  if (session?.status === 'open') expire(world, session);
}

function expire(world: World, session: Stripe.Checkout.Session): Stripe.Checkout.Session {
  const expired = world.store.put('sessions', { ...session, status: 'expired', url: null });
  emit(world, 'checkout.session.expired', expired);
  const { setup_intent: setup } = session;
  const intent = typeof setup === 'string' ? world.store.get('setupIntents', setup) : undefined;
  if (intent !== undefined) cancelSetup(world, intent, 'abandoned');
  return expired;
}
