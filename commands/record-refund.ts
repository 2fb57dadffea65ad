// What became of a part of a refund, written down: by whoever sends it and by whoever applies Stripe's event, whichever comes
// first. What is known already changes nothing; a refund that looked good may fail days later, one that failed stays it.

import { audit } from '../db/accounts/audit';
import { postExpiry } from '../db/billing/expiry';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { type PartNews, type StoredPart, settlePart } from '../db/payments/refunds';
import { overpaymentKey } from '../domain/ids';
import type { Posting } from '../domain/ledger';
import { cents, formatCents } from '../domain/money';
import { refundFailedPosting, refundPosting } from '../domain/refund-postings';
import type { RefundPartState } from '../domain/refunds';
import type { Booking, RefundReading } from '../gateways/payments/payments';
import { bookingGivenUp } from './settle-given-up';
import { writeRefundFailedMail } from './write-refund-mail';

/** Of Stripe's refund; `why` is its word for what keeps it or made it fail. */
export type RefundNews = {
  readonly refund: string | null;
  readonly state: Extract<RefundPartState, 'pending' | 'succeeded' | 'failed'>;
  readonly why: string | null;
  readonly booking: Booking | null;
  readonly failureBooking: Booking | null;
};

/** What a reading says; undefined where what Stripe says of it is not known to us: it is left as it is. */
export function newsOf({ refund, outcome, booking, failureBooking }: RefundReading): RefundNews | undefined {
  switch (outcome.kind) {
    case 'pending':
      return { refund, state: 'pending', why: outcome.reason, booking, failureBooking };
    case 'succeeded':
      return { refund, state: 'succeeded', why: null, booking, failureBooking };
    case 'failed':
      return { refund, state: 'failed', why: outcome.reason, booking, failureBooking };
    case 'unknown':
      return undefined;
    default:
      return outcome satisfies never;
  }
}

/** The same without what Stripe kept, for further parts of one refund at Stripe. */
export function withoutFees(news: RefundNews): RefundNews {
  const free = (booking: Booking | null) => booking && { ...booking, feeCents: cents(0n) };
  return { ...news, booking: free(news.booking), failureBooking: free(news.failureBooking) };
}

/** The caller holds the workspace's row. Answers whether anything is new. */
export async function recordRefund(trx: Trx, part: StoredPart, news: RefundNews, nowMs: number): Promise<boolean> {
  if (part.state === 'by_hand') throw new Error(`refunds: ${part.key} ${part.number} was paid out by hand`);
  const state =
    part.state === 'failed' || part.state === 'succeeded' ? settledState(part.state, news.state) : news.state;
  const booked = bookedAfter(part, state, news);
  const changed: PartNews = {
    ...booked,
    state,
    refund: news.refund ?? part.refund,
    why: state === part.state ? (news.why ?? part.why) : news.why,
    nowMs,
  };
  if (!isNews(part, changed)) return false;
  // What failed pays its invoice again, also one that was written off.
  const { workspace, key, number, invoice } = part;
  const cause = `refund:${key}:${number}:${state}`;
  await bookingGivenUp(trx, { workspace, invoices: [invoice], cause, nowMs }, () => settlePart(trx, part, changed));
  if (state === 'failed' && part.state !== 'failed') {
    if (part.because === 'overpayment') await expireAgain(trx, part, nowMs);
    await tellFailed(trx, part, changed);
  }
  return true;
}

function settledState(known: 'failed' | 'succeeded', told: RefundNews['state']): RefundPartState {
  return told === 'failed' ? 'failed' : known;
}

function isNews(part: StoredPart, { state, refund, why, postings }: PartNews): boolean {
  return state !== part.state || refund !== part.refund || why !== part.why || postings.length > 0;
}

// The money left our balance once Stripe has booked it, and is back once it has booked the failure.
function bookedAfter(
  part: StoredPart,
  state: RefundPartState,
  { booking, failureBooking }: RefundNews,
): Pick<PartNews, 'feeCents' | 'failedFeeCents' | 'postings'> {
  const { key, number, amountCents, because } = part;
  const from = because === 'overpayment' ? 'credits' : 'refunds';
  const postings: Posting[] = [];
  let { feeCents, failedFeeCents } = part;
  if (feeCents === null && booking !== null) {
    feeCents = booking.feeCents;
    postings.push(refundPosting({ key, number, amountCents, feeCents, from }));
  }
  if (state === 'failed' && feeCents !== null && failedFeeCents === null && failureBooking !== null) {
    failedFeeCents = failureBooking.feeCents;
    postings.push(refundFailedPosting({ key, number, amountCents, feeCents: failedFeeCents, from }));
  }
  return { feeCents, failedFeeCents, postings };
}

// What was too much is back in its grant, which may have been ended meanwhile, and be over.
async function expireAgain(trx: Trx, { workspace, key, number, payment }: StoredPart, nowMs: number): Promise<void> {
  const cause = `refund-${encodeURIComponent(key)}-${number}` as const;
  await postExpiry(trx, { workspace, keys: [overpaymentKey(payment)], cause, nowMs });
}

// Operators see it in the audit log and in the health of payments; the customer is told, if he was told that it was on its way.
async function tellFailed(trx: Trx, part: StoredPart, { refund, why, nowMs }: PartNews): Promise<void> {
  await writeRefundFailedMail(trx, part, nowMs);
  const { workspace, key, number, invoice, payment, amountCents, state, because } = part;
  if (because === 'overpayment') await wakeGuards(trx, { workspaces: [workspace], nowMs });
  await audit(
    trx,
    { actor: 'stripe', nowMs },
    {
      action: 'refund.failed',
      workspace,
      before: { invoice, key, part: number, payment, state },
      after: { amount: formatCents(amountCents), refund, why },
    },
  );
}
