import type Stripe from 'stripe';
import { sentenceOf } from '../behaviours/declines';
import { declineWhenSaved, instrumentOfAlias } from '../behaviours/instruments';
import { emit } from '../events';
import { endpoint } from '../protocol/endpoint';
import { missing, refused, StripeFailure } from '../protocol/errors';
import { mergedMetadata, pageOf } from '../protocol/lists';
import { fieldsOf, pagination, type Values } from '../protocol/parameters';
import type { World } from '../world';
import { changed, customerOf, requireKnown } from './customers';

const listFields = fieldsOf<Stripe.PaymentMethodListParams>()({
  ...pagination,
  allow_redisplay: 'text',
  customer: 'text',
  customer_account: 'unmodelled',
  expand: 'texts',
  type: 'text',
});

const attachFields = fieldsOf<Stripe.PaymentMethodAttachParams>()({
  customer: 'text',
  customer_account: 'unmodelled',
  expand: 'texts',
});

const updateFields = fieldsOf<Stripe.PaymentMethodUpdateParams>()({
  allow_redisplay: { oneOf: ['always', 'limited', 'unspecified'] },
  billing_details: 'open',
  card: { fields: { exp_month: 'whole', exp_year: 'whole' } },
  expand: 'texts',
  metadata: 'metadata',
  us_bank_account: { fields: { account_holder_type: { oneOf: ['company', 'individual'] }, account_type: 'text' } },
});

const expandOnly = { expand: 'texts' } as const;

export const paymentMethods = [
  endpoint({
    method: 'GET',
    path: '/v1/payment_methods',
    fields: listFields,
    run: (world, values) => {
      requireKnown(world, values.customer);
      return listed(world, values, values.customer, '/v1/payment_methods');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/customers/:id/payment_methods',
    fields: { ...pagination, type: 'text', allow_redisplay: 'text', expand: 'texts' },
    run: (world, values, id) => {
      customerOf(world, id, 'id');
      return listed(world, values, id, `/v1/customers/${id}/payment_methods`);
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_methods/:id',
    fields: expandOnly,
    run: (world, _values, id) => paymentMethodOf(world, id, 'id'),
  }),
  endpoint({ method: 'POST', path: '/v1/payment_methods/:id', fields: updateFields, run: update }),
  endpoint({
    method: 'POST',
    path: '/v1/payment_methods/:id/attach',
    fields: attachFields,
    required: ['customer'],
    run: (world, { customer = '' }, id) => attach(world, paymentMethodOf(world, id, 'id'), customer),
  }),
  endpoint({ method: 'POST', path: '/v1/payment_methods/:id/detach', fields: expandOnly, run: detach }),
];

/** The payment method of an id; names such as `pm_card_visa` make a new one. */
export function paymentMethodOf(world: World, id: string, param: string): Stripe.PaymentMethod {
  const found = world.store.get('paymentMethods', id) ?? instrumentOfAlias(world, id);
  if (found === undefined) throw missing('PaymentMethod', id, param);
  return found;
}

/** Detached, or used once without having been attached: it is not taken again. */
export function requireUnspent({ store }: World, { id }: Stripe.PaymentMethod): void {
  if (!store.get('instruments', id)?.isSpent) return;
  const message =
    'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.';
  throw refused({ message });
}

export function markSpent({ store }: World, id: string): void {
  const instrument = store.get('instruments', id);
  if (instrument !== undefined) store.put('instruments', { ...instrument, isSpent: true });
}

/** Saves it for a customer; a card that is declined everywhere cannot be. */
export function attach(world: World, method: Stripe.PaymentMethod, customer: string): Stripe.PaymentMethod {
  customerOf(world, customer, 'customer');
  if (method.customer === customer) return method;
  if (method.customer !== null) {
    const message = 'The payment method you provided has already been attached to a customer.';
    throw refused({ code: 'payment_method_unexpected_state', message });
  }
  requireUnspent(world, method);
  const declined = declineWhenSaved(world, method.id);
  if (declined !== undefined) {
    throw new StripeFailure(402, { type: 'card_error', message: sentenceOf(declined), ...declined }, true);
  }
  const attached = world.store.put('paymentMethods', { ...method, customer });
  emit(world, 'payment_method.attached', attached);
  return attached;
}

function listed(
  { store }: World,
  values: Omit<Values<typeof listFields>, 'customer'>,
  customer: string | undefined,
  url: string,
): Stripe.ApiList<Stripe.PaymentMethod> {
  const { type, allow_redisplay: redisplay } = values;
  const isMeant = (each: Stripe.PaymentMethod) =>
    each.customer === (customer ?? null) &&
    (type === undefined || each.type === type) &&
    (redisplay === undefined || each.allow_redisplay === redisplay);
  return pageOf(store.all('paymentMethods').filter(isMeant), values, url);
}

function update(world: World, values: Values<typeof updateFields>, id: string): Stripe.PaymentMethod {
  const old = paymentMethodOf(world, id, 'id');
  const { card, us_bank_account: account, allow_redisplay: redisplay } = values;
  const billing = typeof values.billing_details === 'object' ? values.billing_details : {};
  const method: Stripe.PaymentMethod = {
    ...old,
    ...(redisplay === undefined ? {} : { allow_redisplay: redisplay }),
    billing_details: { ...old.billing_details, ...billing },
    metadata: mergedMetadata(old.metadata, values.metadata),
    ...(old.card === undefined ? {} : { card: { ...old.card, ...card } }),
    ...(old.us_bank_account === undefined ? {} : { us_bank_account: { ...old.us_bank_account, ...account } }),
  };
  world.store.put('paymentMethods', method);
  emit(world, 'payment_method.updated', method, changed(old, method));
  return method;
}

function detach(world: World, _values: object, id: string): Stripe.PaymentMethod {
  const old = paymentMethodOf(world, id, 'id');
  if (old.customer === null) {
    const message = `The payment method you provided is not attached to a customer so detachment is impossible.`;
    throw refused({ code: 'payment_method_unexpected_state', message });
  }
  const method = world.store.put('paymentMethods', { ...old, customer: null });
  markSpent(world, id);
  emit(world, 'payment_method.detached', method, { customer: old.customer });
  return method;
}
