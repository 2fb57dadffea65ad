import type Stripe from 'stripe';
import { emit } from '../events';
import { closeDispute } from '../payments/disputes';
import { endpoint } from '../protocol/endpoint';
import { missing, refused } from '../protocol/errors';
import { isWithin, mergedMetadata, pageOf } from '../protocol/lists';
import { type Fields, fieldsOf, pagination, type Values } from '../protocol/parameters';
import type { World } from '../world';
import { changed } from './customers';

const evidence = {
  access_activity_log: 'clearable',
  billing_address: 'clearable',
  cancellation_rebuttal: 'clearable',
  customer_email_address: 'clearable',
  customer_name: 'clearable',
  customer_purchase_ip: 'clearable',
  duplicate_charge_explanation: 'clearable',
  duplicate_charge_id: 'clearable',
  product_description: 'clearable',
  refund_policy_disclosure: 'clearable',
  refund_refusal_explanation: 'clearable',
  service_date: 'clearable',
  uncategorized_text: 'clearable',
} as const satisfies Partial<Record<keyof Stripe.DisputeUpdateParams.Evidence, Fields[string]>>;

const updateFields = fieldsOf<Stripe.DisputeUpdateParams>()({
  evidence: { fields: evidence },
  expand: 'texts',
  intended_submission_method: 'unmodelled',
  metadata: 'metadata',
  submit: 'flag',
});

const listFields = fieldsOf<Stripe.DisputeListParams>()({
  ...pagination,
  charge: 'text',
  created: 'range',
  expand: 'texts',
  payment_intent: 'text',
});

export const disputes = [
  endpoint({
    method: 'GET',
    path: '/v1/disputes',
    fields: listFields,
    run: ({ store }, values) => {
      const { charge, created, payment_intent: intent } = values;
      const isMeant = (each: Stripe.Dispute) =>
        isWithin(each.created, created) &&
        (charge === undefined || each.charge === charge) &&
        (intent === undefined || each.payment_intent === intent);
      return pageOf(store.all('disputes').filter(isMeant), values, '/v1/disputes');
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/disputes/:id',
    fields: { expand: 'texts' },
    run: (world, _values, id) => disputeNamed(world, id),
  }),
  endpoint({ method: 'POST', path: '/v1/disputes/:id', fields: updateFields, run: update }),
  endpoint({
    method: 'POST',
    path: '/v1/disputes/:id/close',
    fields: { expand: 'texts' },
    run: (world, _values, id) => {
      const dispute = open(disputeNamed(world, id));
      return closeDispute(world, dispute, dispute.status.startsWith('warning_') ? 'warning_closed' : 'lost');
    },
  }),
];

function disputeNamed({ store }: World, id: string): Stripe.Dispute {
  const found = store.get('disputes', id);
  if (found === undefined) throw missing('dispute', id);
  return found;
}

function open(dispute: Stripe.Dispute): Stripe.Dispute {
  if (['needs_response', 'warning_needs_response'].includes(dispute.status)) return dispute;
  throw refused({ message: `This dispute is already closed or under review: its status is ${dispute.status}.` });
}

function update(world: World, values: Values<typeof updateFields>, id: string): Stripe.Dispute {
  const old = disputeNamed(world, id);
  if (values.evidence === undefined && !values.submit) {
    return world.store.put('disputes', { ...old, metadata: mergedMetadata(old.metadata, values.metadata) });
  }
  const given = { ...open(old).evidence, ...values.evidence };
  const isSubmitted = values.submit ?? true;
  const underReview = old.status === 'needs_response' ? 'under_review' : 'warning_under_review';
  const dispute = world.store.put('disputes', {
    ...old,
    evidence: given,
    evidence_details: {
      ...old.evidence_details,
      has_evidence: true,
      submission_count: old.evidence_details.submission_count + (isSubmitted ? 1 : 0),
      submission_method: isSubmitted ? 'manual' : old.evidence_details.submission_method,
    },
    metadata: mergedMetadata(old.metadata, values.metadata),
    status: isSubmitted ? underReview : old.status,
  });
  emit(world, 'charge.dispute.updated', dispute, changed(old, dispute));
  return isSubmitted ? judged(world, dispute) : dispute;
}

// The words that Stripe's test mode decides by; other evidence stays under review until a switch closes the dispute.
function judged(world: World, dispute: Stripe.Dispute): Stripe.Dispute {
  switch (dispute.evidence.uncategorized_text) {
    case 'winning_evidence':
      return closeDispute(world, dispute, dispute.status.startsWith('warning_') ? 'warning_closed' : 'won');
    case 'losing_evidence':
      return closeDispute(world, dispute, dispute.status.startsWith('warning_') ? 'warning_closed' : 'lost');
    default:
      return dispute;
  }
}
