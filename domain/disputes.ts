// A dispute as it stands: what a bank has taken of a payment, from which invoices that was, and what the books say of it.
import type { Posting } from './ledger';
import { assertMoney, type Cents, cents, lesserCents } from './money';
import { disputeCreditsPosting, disputeLostPosting, disputePosting } from './refund-postings';

export type DisputeStatus =
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost'
  | 'warning_needs_response'
  | 'warning_under_review'
  | 'warning_closed'
  | 'prevented'
  | 'appeal_needs_response'
  | 'appeal_under_review'
  | 'unknown';

export type DisputeState = 'open' | 'won' | 'lost';
export type DisputeKind = 'dispute' | 'inquiry' | 'bank_return';

/**
 * How a dispute stands, by Stripe's word for it. An appeal of ours against one that is lost leaves it lost until it is won,
 * and a word that we do not know leaves it as it was.
 */
export function disputeStateOf(status: DisputeStatus, known: DisputeState | undefined): DisputeState {
  switch (status) {
    case 'won':
    case 'warning_closed':
    case 'prevented':
      return 'won';
    case 'lost':
      return 'lost';
    case 'needs_response':
    case 'under_review':
    case 'warning_needs_response':
    case 'warning_under_review':
      return 'open';
    case 'appeal_needs_response':
    case 'appeal_under_review':
      return known ?? 'lost';
    case 'unknown':
      return known ?? 'open';
    default:
      return status satisfies never;
  }
}

/** A bank debit comes back as a dispute that cannot be contested; a card's bank may ask first, and take nothing yet. */
export function disputeKindOf(of: { readonly status: DisputeStatus; readonly methodType: string }): DisputeKind {
  if (of.methodType === 'us_bank_account') return 'bank_return';
  return of.status.startsWith('warning_') || of.status === 'prevented' ? 'inquiry' : 'dispute';
}

export type Shared = {
  /** Of the credits that the payment's over-payment became. */
  readonly fromCreditsCents: Cents;
  readonly returns: readonly { readonly invoice: string; readonly cents: Cents }[];
};

/**
 * What was taken, shared out: first the credits that an over-payment became, as far as they are unspent, then the invoices that
 * the payment paid, in their order; the rest, credits that were spent, is a bad debt. Of what is given back in part that is
 * undone the other way round. What was taken before of an invoice stays taken while as much is withdrawn: it may have been
 * paid anew. Credits that became unspent meanwhile lower the bad debt.
 */
export function shareTaken(of: {
  readonly withdrawnCents: Cents;
  readonly allocations: readonly { readonly invoice: string; readonly cents: Cents }[];
  /** What is left of those credits now. */
  readonly unspentCents: Cents;
  readonly was: { readonly withdrawnCents: Cents; readonly fromCreditsCents: Cents };
}): Shared {
  const { withdrawnCents, allocations, unspentCents, was } = of;
  const newlyTaken = cents(withdrawnCents > was.withdrawnCents ? withdrawnCents - was.withdrawnCents : 0n);
  const firstCents = cents(was.fromCreditsCents + lesserCents(newlyTaken, unspentCents));
  const creditsCents = lesserCents(withdrawnCents, firstCents);
  let rest: bigint = withdrawnCents - creditsCents;
  const returns = allocations.flatMap(({ invoice, cents: paid }) => {
    const part = lesserCents(paid, cents(rest));
    rest -= part;
    return part > 0n ? [{ invoice, cents: part }] : [];
  });
  const leftCents = cents(was.fromCreditsCents + unspentCents - creditsCents);
  return { fromCreditsCents: cents(creditsCents + lesserCents(cents(rest), leftCents)), returns };
}

export type DisputeBooking = {
  readonly balanceTransaction: string;
  readonly amountCents: Cents;
  readonly feeCents: Cents;
};

/**
 * Won is a dispute when the money is back, or some of it: what is not is lost. Stripe says so before it gives it back, and
 * meanwhile nothing is to be asked of the customer.
 */
export function settledState(state: DisputeState, bookings: readonly DisputeBooking[]): DisputeState {
  const isTaken = bookings.some(({ amountCents }) => amountCents < 0n);
  const isGivenBack = bookings.some(({ amountCents }) => amountCents > 0n);
  return state === 'won' && isTaken && !isGivenBack ? 'open' : state;
}

type Booked = {
  readonly state: DisputeState;
  readonly withdrawnCents: Cents;
  readonly returnedCents: Cents;
  readonly fromCreditsCents: Cents;
};

/**
 * What is to be posted of a dispute: each movement once, what is taken back of credits, and, once it is decided, that what
 * stays withdrawn is owed again; the reverse, where that changes. `posted` are the keys that are there.
 */
export function disputePostings(
  of: Booked & {
    readonly dispute: string;
    readonly bookings: readonly DisputeBooking[];
    readonly posted: ReadonlySet<string>;
    /** As it stood in the books. */
    readonly was: Booked | undefined;
  },
): readonly Posting[] {
  const { dispute, posted, was } = of;
  const moved = of.bookings
    .map((booking) => disputePosting({ ...booking, dispute }))
    .filter(({ key, entries }) => !posted.has(key) && entries.length > 0);
  const nthOf = (kind: string) => [...posted].filter((key) => key.startsWith(`dispute:${dispute}:${kind}:`)).length + 1;
  const takenCents = cents(of.fromCreditsCents - (was?.fromCreditsCents ?? 0n));
  const taken =
    takenCents === 0n ? [] : [disputeCreditsPosting({ dispute, nth: nthOf('credits'), amountCents: takenCents })];
  const [lost, lostBefore] = [lostOf(of), lostOf(was)];
  const owedCents = cents(lost.owedCents - lostBefore.owedCents);
  const restCents = cents(lost.restCents - lostBefore.restCents);
  if (owedCents === 0n && restCents === 0n) return [...moved, ...taken];
  return [...moved, ...taken, disputeLostPosting({ dispute, nth: nthOf('lost'), owedCents, restCents })];
}

function lostOf(of: Booked | undefined) {
  if (of === undefined || of.state === 'open') return { owedCents: cents(0n), restCents: cents(0n) };
  const restCents = of.withdrawnCents - of.returnedCents - of.fromCreditsCents;
  assertMoney(restCents >= 0n, 'a dispute takes no more than it withdrew');
  return { owedCents: of.returnedCents, restCents: cents(restCents) };
}
