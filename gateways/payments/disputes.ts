// Payments that a customer's bank takes back.
import type Stripe from 'stripe';
import type { Calls } from './calls';
import { bookingOf, centsOf, idOf, knownWord } from './figures';
import { type DisputeReading, disputeStatuses, type Payments } from './payments';

export function disputesOf({ client, read }: Calls): Pick<Payments, 'readDispute'> {
  return {
    readDispute: async (id) => {
      const dispute = await read('disputes.retrieve', () => client.disputes.retrieve(id));
      return dispute && readingOf(dispute);
    },
  };
}

function readingOf(dispute: Stripe.Dispute): DisputeReading {
  const dueBy = dispute.evidence_details.due_by;
  return {
    dispute: dispute.id,
    status: knownWord(disputeStatuses, dispute.status),
    reason: dispute.reason,
    amountCents: centsOf(dispute.amount),
    charge: idOf(dispute.charge) ?? '',
    paymentIntent: idOf(dispute.payment_intent),
    dueByMs: dueBy === null ? null : dueBy * 1000,
    bookings: dispute.balance_transactions.map(bookingOf).filter((booking) => booking !== null),
  };
}
