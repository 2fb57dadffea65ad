import type Stripe from 'stripe';
import { emit } from '../events';
import { refund } from '../payments/refunds';
import { endpoint } from '../protocol/endpoint';
import { invalid, missing, refused } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import { fieldsOf, pagination, type Values } from '../protocol/parameters';
import { idOf, type World } from '../world';
import { chargeNamed } from './charges';
import { changed } from './customers';
import { paymentIntentOf } from './payment-intents';

const createFields = fieldsOf<Stripe.RefundCreateParams>()({
  amount: 'whole',
  charge: 'text',
  currency: 'unmodelled',
  customer: 'unmodelled',
  expand: 'texts',
  instructions_email: 'unmodelled',
  metadata: 'metadata',
  origin: 'unmodelled',
  payment_intent: 'text',
  reason: { oneOf: ['duplicate', 'fraudulent', 'requested_by_customer'] },
  refund_application_fee: 'unmodelled',
  reverse_transfer: 'unmodelled',
});

const listFields = fieldsOf<Stripe.RefundListParams>()({
  ...pagination,
  charge: 'text',
  created: 'range',
  expand: 'texts',
  payment_intent: 'text',
});

const updateFields = fieldsOf<Stripe.RefundUpdateParams>()({ expand: 'texts', metadata: 'metadata' });

export const refunds = [
  endpoint({ method: 'POST', path: '/v1/refunds', fields: createFields, check, run: create }),
  endpoint({
    method: 'GET',
    path: '/v1/refunds',
    fields: listFields,
    run: ({ store }, values) => {
      const { charge, created, payment_intent: intent } = values;
      const isMeant = (each: Stripe.Refund) =>
        isWithin(each.created, created) &&
        (charge === undefined || each.charge === charge) &&
        (intent === undefined || each.payment_intent === intent);
      return pageOf(store.all('refunds').filter(isMeant), values, '/v1/refunds');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/refunds/:id',
    fields: { expand: 'texts' },
    run: (world, _values, id) => refundNamed(world, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/refunds/:id',
    fields: updateFields,
    run: (world, { metadata }, id) => {
      const old = refundNamed(world, id);
      const now = world.store.put('refunds', { ...old, metadata: mergedMetadata(old.metadata, metadata) });
      emit(world, 'refund.updated', now, changed(old, now));
      return now;
    },
  }),
];

function refundNamed({ store }: World, id: string): Stripe.Refund {
  const found = store.get('refunds', id);
  if (found === undefined) throw missing('refund', id);
  return found;
}

function check({ charge, payment_intent: intent }: Values<typeof createFields>): void {
  if (charge === undefined && intent === undefined) {
    const message = 'One of the following params should be provided for this request: payment_intent or charge.';
    throw invalid({ code: 'parameter_missing', message });
  }
}

function create(world: World, values: Values<typeof createFields>): Stripe.Refund {
  const { amount, metadata = {}, reason = null } = values;
  return refund(world, chargeMeant(world, values), { amount, reason, metadata });
}

function chargeMeant(world: World, { charge, payment_intent: intentId }: Values<typeof createFields>): Stripe.Charge {
  if (charge !== undefined) return chargeNamed(world, charge, 'charge');
  const intent = paymentIntentOf(world, intentId ?? '', 'payment_intent');
  const latest = idOf(intent.latest_charge);
  if (latest !== null && intent.status === 'succeeded') return chargeNamed(world, latest, 'payment_intent');
  const message = `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`;
  throw refused({ code: 'payment_intent_unexpected_state', message, payment_intent: intent });
}
