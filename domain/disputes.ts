// A dispute as it stands: what a bank has taken of a payment, from which invoices that was, and what the books say of it.
import type { Posting } from './ledger';
import { assertMoney, type Cents, cents, lesserCents } from './money';
import { disputeLostPosting, disputePosting } from './refund-postings';

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

/** What was taken, shared out over the invoices that the payment paid, in their order; the rest had paid none. */
export function shareReturned(
  withdrawnCents: Cents,
  allocations: readonly { readonly invoice: string; readonly cents: Cents }[],
): readonly { readonly invoice: string; readonly cents: Cents }[] {
  let rest: bigint = withdrawnCents;
  return allocations.flatMap(({ invoice, cents: paid }) => {
    const part = lesserCents(paid, cents(rest > 0n ? rest : 0n));
    rest -= part;
    return part > 0n ? [{ invoice, cents: part }] : [];
  });
}

export type DisputeBooking = {
  readonly balanceTransaction: string;
  readonly amountCents: Cents;
  readonly feeCents: Cents;
};

/**
 * What is to be posted of a dispute: each movement once, and, where it is lost now, that what is withdrawn is owed again; the
 * reverse, where one that was lost is lost no more. `posted` are the keys that are there.
 */
export function disputePostings(of: {
  readonly dispute: string;
  readonly bookings: readonly DisputeBooking[];
  readonly posted: ReadonlySet<string>;
  readonly state: DisputeState;
  readonly withdrawnCents: Cents;
  readonly returnedCents: Cents;
  /** As it stood in the books. */
  readonly was:
    | { readonly state: DisputeState; readonly withdrawnCents: Cents; readonly returnedCents: Cents }
    | undefined;
}): readonly Posting[] {
  const { dispute, posted, was } = of;
  const moved = of.bookings
    .map((booking) => disputePosting({ ...booking, dispute }))
    .filter(({ key, entries }) => !posted.has(key) && entries.length > 0);
  const lost = lostOf(of);
  const lostBefore = was === undefined ? lostOf({ state: 'open', ...nothing }) : lostOf(was);
  const owedCents = cents(lost.owedCents - lostBefore.owedCents);
  const restCents = cents(lost.restCents - lostBefore.restCents);
  if (owedCents === 0n && restCents === 0n) return moved;
  const nth = [...posted].filter((key) => key.startsWith(`dispute:${dispute}:lost:`)).length + 1;
  return [...moved, disputeLostPosting({ dispute, nth, owedCents, restCents })];
}

const nothing = { withdrawnCents: cents(0n), returnedCents: cents(0n) };

function lostOf(of: { readonly state: DisputeState; readonly withdrawnCents: Cents; readonly returnedCents: Cents }) {
  if (of.state !== 'lost') return { owedCents: cents(0n), restCents: cents(0n) };
  assertMoney(of.returnedCents <= of.withdrawnCents, 'a dispute returns no more than it withdrew');
  return { owedCents: of.returnedCents, restCents: cents(of.withdrawnCents - of.returnedCents) };
}
