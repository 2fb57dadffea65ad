import type Stripe from 'stripe';
import { emit } from '../events';
import { endpoint } from '../protocol/endpoint';
import { missing } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import { fieldsOf, pagination } from '../protocol/parameters';
import type { World } from '../world';
import { changed } from './customers';

const listFields = fieldsOf<Stripe.ChargeListParams>()({
  ...pagination,
  created: 'range',
  customer: 'text',
  expand: 'texts',
  payment_intent: 'text',
  transfer_group: 'unmodelled',
});

const updateFields = fieldsOf<Stripe.ChargeUpdateParams>()({
  customer: 'unmodelled',
  description: 'clearable',
  expand: 'texts',
  fraud_details: 'unmodelled',
  metadata: 'metadata',
  receipt_email: 'clearable',
  shipping: 'unmodelled',
  transfer_group: 'unmodelled',
});

export const charges = [
  endpoint({
    method: 'GET',
    path: '/v1/charges',
    fields: listFields,
    run: ({ store }, values) => {
      const { created, customer, payment_intent: intent } = values;
      const isMeant = (each: Stripe.Charge) =>
        isWithin(each.created, created) &&
        (customer === undefined || each.customer === customer) &&
        (intent === undefined || each.payment_intent === intent);
      return pageOf(store.all('charges').filter(isMeant), values, '/v1/charges');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/charges/:id',
    fields: { expand: 'texts' },
    run: (world, _values, id) => chargeNamed(world, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/charges/:id',
    fields: updateFields,
    run: (world, { description, metadata, receipt_email: email }, id) => {
      const old = chargeNamed(world, id);
      const charge = world.store.put('charges', {
        ...old,
        description: (description ?? old.description) || null,
        metadata: mergedMetadata(old.metadata, metadata),
        receipt_email: (email ?? old.receipt_email) || null,
      });
      emit(world, 'charge.updated', charge, changed(old, charge));
      return charge;
    },
  }),
];

export function chargeNamed({ store }: World, id: string, param = 'id'): Stripe.Charge {
  const found = store.get('charges', id);
  if (found === undefined) throw missing('charge', id, param);
  return found;
}
