// Money back, and what became of it.
import type Stripe from 'stripe';
import { type Calls, keyed } from './calls';
import { refusedBy } from './failures';
import { amountOf, bookingOf, centsOf, idOf } from './figures';
import { everyPage } from './lists';
import type { Payments, RefundReading } from './payments';

type Refunding = Pick<Payments, 'refund' | 'readRefund' | 'lookUpRefund'>;

const expand = ['balance_transaction'];

export function refundsOf(calls: Calls): Refunding {
  const { client, send, read } = calls;
  return {
    refund: async ({ paymentIntent, amountCents, refundKey, workspace, idempotencyKey }) => {
      const body: Stripe.RefundCreateParams = {
        payment_intent: paymentIntent,
        amount: amountOf(amountCents),
        metadata: { workspace, refund: refundKey },
        expand,
      };
      const sent = await send('refunds.create', () => client.refunds.create(body, keyed(idempotencyKey)));
      switch (sent.kind) {
        case 'answered':
          return { kind: 'refund', reading: readingOf(sent.answer) };
        case 'refused':
          return refusedBy(sent);
        case 'declined':
          return { kind: 'refused', code: sent.error.code ?? null, why: sent.error.code ?? 'declined' };
        default:
          return sent;
      }
    },
    readRefund: async (id) => {
      const refund = await read('refunds.retrieve', () => client.refunds.retrieve(id, { expand }));
      return refund && withFailure(calls, refund);
    },
    lookUpRefund: async ({ paymentIntent: payment_intent, refundKey }) => {
      const ofData = expand.map((each) => `data.${each}`);
      const refunds = await everyPage((page) =>
        read('refunds.list', () => client.refunds.list({ payment_intent, ...page, expand: ofData })),
      );
      const found = refunds.find(({ metadata }) => metadata?.['refund'] === refundKey);
      return found && withFailure(calls, found);
    },
  };
}

// What the failure of one gave back is asked for apart, as hardly a refund has it.
async function withFailure({ client, read }: Calls, refund: Stripe.Refund): Promise<RefundReading> {
  const id = idOf(refund.failure_balance_transaction);
  if (id === null) return readingOf(refund);
  const failure = await read('balance_transactions.retrieve', () => client.balanceTransactions.retrieve(id));
  return { ...readingOf(refund), failureBooking: bookingOf(failure) };
}

function readingOf(refund: Stripe.Refund): RefundReading {
  return {
    refund: refund.id,
    paymentIntent: idOf(refund.payment_intent),
    amountCents: centsOf(refund.amount),
    refundKey: refund.metadata?.['refund'] ?? null,
    booking: bookingOf(refund.balance_transaction),
    failureBooking: bookingOf(refund.failure_balance_transaction),
    outcome: outcomeOf(refund),
  };
}

function outcomeOf(refund: Stripe.Refund): RefundReading['outcome'] {
  const { id, status, failure_reason: reason, pending_reason } = refund;
  switch (status) {
    case 'succeeded':
      return { kind: 'succeeded' };
    case 'pending':
      return { kind: 'pending', reason: pending_reason ?? null };
    case 'requires_action':
      return { kind: 'pending', reason: 'requires_action' };
    case 'failed':
      return { kind: 'failed', reason: reason ?? null };
    case 'canceled':
      return { kind: 'failed', reason: reason ?? 'canceled' };
    default:
      return { kind: 'unknown', why: `${id} is ${status}` };
  }
}
