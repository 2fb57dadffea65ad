// What Stripe says of a dispute, or of a bank debit that came back after it had succeeded, applied: what was taken counts as
// returned, and is owed again once the dispute is lost.

import { audit } from '../db/accounts/audit';
import { postExpiry } from '../db/billing/expiry';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { lockWorkspaceRow } from '../db/locks';
import {
  type DisputedPayment,
  type DisputeNews,
  disputesShort,
  postedOfDispute,
  readDispute,
  readDisputedPayment,
  type StoredDispute,
  saveDispute,
} from '../db/payments/disputes';
import { workspaceOfPayment } from '../db/payments/payments';
import { wakeCollecting } from '../db/payments/waking';
import { disputeKindOf, disputePostings, disputeStateOf, settledState, shareTaken } from '../domain/disputes';
import { MinutebookError } from '../domain/errors';
import { overpaymentKey } from '../domain/ids';
import { type Cents, cents, formatCents } from '../domain/money';
import type { DisputeReading } from '../gateways/payments/payments';
import type { Charging } from './connections';
import { bookingGivenUp, giveSurplus } from './settle-given-up';

export type SettledDispute = 'applied' | 'foreign' | 'ignored';

/**
 * Reads a dispute anew and writes down how it stands: in any order of events, any number of times. Throws `unavailable` where
 * it is of one of our payments that is not stored yet: its own event will store it. Other disputes of the payment that found less
 * than they withdrew, as this one had it, are read and written with it.
 */
export async function settleDispute(
  { db, payments, clock }: Charging,
  of: { readonly dispute: string; readonly workspace: string | null },
): Promise<SettledDispute> {
  const reading = await payments.readDispute(of.dispute);
  if (reading === undefined || reading.paymentIntent === null) return 'ignored';
  const payment = reading.paymentIntent;
  const workspace = (await workspaceOfPayment(db, payment)) ?? of.workspace;
  if (workspace === null) return 'foreign';
  const short: DisputeReading[] = [];
  for (const dispute of await disputesShort(db, { workspace, payment, dispute: of.dispute })) {
    const other = await payments.readDispute(dispute);
    if (other !== undefined) short.push(other);
  }
  const nowMs = await clock();
  await db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    await record(trx, { workspace, payment, reading, nowMs }, short);
  });
  return 'applied';
}

type Recording = {
  readonly workspace: string;
  readonly payment: string;
  readonly reading: DisputeReading;
  readonly nowMs: number;
};

async function record(trx: Trx, recording: Recording, short: readonly DisputeReading[] = []): Promise<void> {
  const { workspace, payment, reading, nowMs } = recording;
  const of = { workspace, dispute: reading.dispute };
  const disputed = await readDisputedPayment(trx, { ...of, payment });
  if (disputed === undefined) throw notYet(reading);
  const was = await readDispute(trx, of);
  const posted = await postedOfDispute(trx, of);
  const news = newsOf(recording, { disputed, was, posted });
  const isShared = sumOf(news.returns.map((each) => each.cents)) === returnedBefore(disputed);
  if (was !== undefined && news.postings.length === 0 && isShared && isSame(was, news)) return;
  const invoices = disputed.allocations.map(({ invoice }) => invoice);
  // Whatever changes what is given up is posted of the dispute, too: their number tells such changes apart.
  const cause = `${reading.dispute}:${posted.size + 1}`;
  await bookingGivenUp(trx, { workspace, invoices, cause, nowMs }, () => saveDispute(trx, news));
  // What this one gave back the others take first: only what is left then is more than the invoices need.
  for (const other of short) await record(trx, { ...recording, reading: other });
  const author = { actor: 'stripe', nowMs };
  const surplus = news.state === 'open' ? [] : await giveSurplus(trx, { ...of, invoices, author });
  if (news.fromCreditsCents !== (was?.fromCreditsCents ?? 0n)) {
    const keys = [overpaymentKey(payment)];
    await postExpiry(trx, { workspace, keys, cause: `dispute-${reading.dispute}-${posted.size + 1}`, nowMs });
    await wakeGuards(trx, { workspaces: [workspace], nowMs });
  }
  await audit(trx, author, { workspace, ...auditOf(news, { was, surplus }) });
  // While it is open nothing is tried; lost, it is collected anew, and won, whoever waits for that sees it paid.
  if (news.state !== 'open') await wakeCollecting(trx, invoices);
}

type Known = {
  readonly disputed: DisputedPayment;
  readonly was: StoredDispute | undefined;
  readonly posted: ReadonlySet<string>;
};

const untouched = { withdrawnCents: cents(0n), fromCreditsCents: cents(0n) };

function newsOf({ workspace, payment, reading, nowMs }: Recording, { disputed, was, posted }: Known): DisputeNews {
  const { dispute, status, bookings, reason, amountCents } = reading;
  const state = settledState(disputeStateOf(status, was?.state), bookings);
  const isClosedInquiry = was?.kind === 'inquiry' && bookings.length === 0;
  const kind = isClosedInquiry ? 'inquiry' : disputeKindOf({ status, methodType: disputed.methodType });
  const withdrawnCents = sumOf(bookings.map((booking) => cents(-booking.amountCents)));
  const { allocations, unspentCents } = disputed;
  const { returns, fromCreditsCents } = shareTaken({
    ...{ withdrawnCents, allocations, unspentCents },
    was: was ?? untouched,
  });
  const returnedCents = sumOf(returns.map((each) => each.cents));
  const postings = disputePostings({
    ...{ dispute, bookings, posted, state, withdrawnCents, returnedCents, fromCreditsCents },
    was: was && { ...was, returnedCents: returnedBefore(disputed) },
  });
  return {
    ...{ workspace, dispute, payment, kind, reason, amountCents, state, withdrawnCents, returns, postings, nowMs },
    ...{ fromCreditsCents, feeCents: sumOf(bookings.map((booking) => booking.feeCents)), openedAtMs: nowMs },
  };
}

function returnedBefore({ allocations }: DisputedPayment): Cents {
  return sumOf(allocations.map((each) => each.returnedCents));
}

function isSame(was: StoredDispute, news: DisputeNews): boolean {
  const { kind, reason, state, withdrawnCents, feeCents, fromCreditsCents } = news;
  const is = { kind, reason, state, withdrawnCents, feeCents, fromCreditsCents };
  return (Object.keys(is) as (keyof StoredDispute)[]).every((field) => was[field] === is[field]);
}

function sumOf(amounts: readonly Cents[]): Cents {
  return cents(amounts.reduce((sum, amount) => sum + amount, 0n));
}

function auditOf(
  { dispute, payment, kind, reason, state, amountCents, returns, fromCreditsCents }: DisputeNews,
  { was, surplus }: { readonly was: StoredDispute | undefined; readonly surplus: DisputeNews['returns'] },
) {
  const actions = { open: 'dispute.opened', won: 'dispute.won', lost: 'dispute.lost' } as const;
  const listed = (amounts: DisputeNews['returns']) =>
    amounts.map((each) => ({ invoice: each.invoice, amount: formatCents(each.cents) }));
  return {
    action: kind === 'bank_return' ? 'payment.returned' : actions[state],
    before: was === undefined ? null : { state: was.state, kind: was.kind },
    after: {
      ...{ dispute, payment, kind, reason, state },
      amount: formatCents(amountCents),
      returned: listed(returns),
      ...(fromCreditsCents === 0n ? {} : { fromCredits: formatCents(fromCreditsCents) }),
      ...(surplus.length === 0 ? {} : { givenAsCredits: listed(surplus) }),
    },
  };
}

function notYet({ dispute, paymentIntent }: DisputeReading): MinutebookError {
  return new MinutebookError({
    code: 'unavailable',
    detail: `dispute ${dispute} is of payment ${paymentIntent}, which is not stored yet; it is applied once that is`,
  });
}
