import type Stripe from 'stripe';
import { emit } from '../events';
import { endpoint } from '../protocol/endpoint';
import { missing } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import { type Fields, fieldsOf, pagination, type Values } from '../protocol/parameters';
import { newId, type World } from '../world';

const shared = {
  address: 'open',
  balance: 'unmodelled',
  business_name: 'clearable',
  cash_balance: 'unmodelled',
  description: 'clearable',
  email: 'clearable',
  expand: 'texts',
  individual_name: 'clearable',
  invoice_prefix: 'unmodelled',
  invoice_settings: 'unmodelled',
  metadata: 'metadata',
  name: 'clearable',
  next_invoice_sequence: 'unmodelled',
  phone: 'clearable',
  preferred_locales: 'texts',
  shipping: 'unmodelled',
  source: 'unmodelled',
  tax: 'unmodelled',
  tax_exempt: 'unmodelled',
  validate: 'ignored',
} as const satisfies Fields;

const createFields = fieldsOf<Stripe.CustomerCreateParams>()({
  ...shared,
  payment_method: 'unmodelled',
  tax_id_data: 'unmodelled',
  test_clock: 'unmodelled',
});

const updateFields = fieldsOf<Stripe.CustomerUpdateParams>()({ ...shared, default_source: 'unmodelled' });

const listFields = fieldsOf<Stripe.CustomerListParams>()({
  ...pagination,
  created: 'range',
  email: 'text',
  expand: 'texts',
  test_clock: 'unmodelled',
});

const retrieveFields = fieldsOf<Stripe.CustomerRetrieveParams>()({ expand: 'texts' });

export const customers = [
  endpoint({ method: 'POST', path: '/v1/customers', fields: createFields, run: create }),
  endpoint({
    method: 'GET',
    path: '/v1/customers',
    fields: listFields,
    run: ({ store }, values) => {
      const { email, created } = values;
      const isMeant = (each: Stripe.Customer) =>
        isWithin(each.created, created) && (email === undefined || each.email === email);
      return pageOf(store.all('customers').filter(isMeant), values, '/v1/customers');
    },
  }),
  endpoint({ method: 'GET', path: '/v1/customers/:id', fields: retrieveFields, run: retrieve }),
  endpoint({ method: 'POST', path: '/v1/customers/:id', fields: updateFields, run: update }),
  endpoint({ method: 'DELETE', path: '/v1/customers/:id', fields: {}, run: remove }),
];

/** The customer that a parameter names. */
export function customerOf({ store }: World, id: string, param: string): Stripe.Customer {
  const found = store.get('customers', id);
  if (found === undefined) throw missing('customer', id, param);
  return found;
}

/** Lists are of customers who are there or were. */
export function requireKnown({ store }: World, id: string | undefined): void {
  if (id === undefined || store.get('customers', id) !== undefined) return;
  if (store.get('settings', `deleted:${id}`) === undefined) throw missing('customer', id, 'customer');
}

function create(world: World, values: Values<typeof createFields>): Stripe.Customer {
  const { store, clock } = world;
  const customer = {
    id: newId('cus_', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created: clock.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    discount: null,
    invoice_prefix: newId('', 8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    next_invoice_sequence: 1,
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
    ...described(undefined, values),
  } satisfies Stripe.Customer;
  store.put('customers', customer);
  emit(world, 'customer.created', customer);
  return customer;
}

function described(old: Stripe.Customer | undefined, values: Values<typeof shared>) {
  const text = (value: string | undefined, before: string | null | undefined) => (value ?? before) || null;
  const { address } = values;
  return {
    ...(address === undefined ? {} : { address: addressOf(address) }),
    description: text(values.description, old?.description),
    email: text(values.email, old?.email),
    metadata: mergedMetadata(old?.metadata ?? null, values.metadata),
    name: text(values.name, old?.name),
    phone: text(values.phone, old?.phone),
    preferred_locales: [...(values.preferred_locales ?? old?.preferred_locales ?? [])],
  };
}

function addressOf(raw: unknown): Stripe.Address | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const nothing = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
  return { ...nothing, ...raw };
}

function retrieve({ store }: World, _values: object, id: string): object {
  const found = store.get('customers', id);
  if (found !== undefined) return found;
  if (store.get('settings', `deleted:${id}`) !== undefined) return { id, object: 'customer', deleted: true };
  throw missing('customer', id);
}

function update(world: World, values: Values<typeof updateFields>, id: string): Stripe.Customer {
  const old = customerOf(world, id, 'id');
  const customer = world.store.put('customers', { ...old, ...described(old, values) });
  emit(world, 'customer.updated', customer, changed(old, customer));
  return customer;
}

function remove(world: World, _values: object, id: string): Stripe.DeletedCustomer {
  const { store } = world;
  const customer = customerOf(world, id, 'id');
  store.remove('customers', id);
  store.put('settings', { id: `deleted:${id}`, value: 'customer' });
  for (const method of store.all('paymentMethods')) {
    if (method.customer === id) store.put('paymentMethods', { ...method, customer: null });
  }
  emit(world, 'customer.deleted', customer);
  return { id, object: 'customer', deleted: true };
}

/** What stood before in the fields that are new. */
export function changed<T extends object>(old: T, now: T): object {
  const fields = Object.keys(now) as (keyof T)[];
  const isNew = (name: keyof T) => JSON.stringify(old[name]) !== JSON.stringify(now[name]);
  return Object.fromEntries(fields.filter(isNew).map((name) => [name, old[name] ?? null]));
}
