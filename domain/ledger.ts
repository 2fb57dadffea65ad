// The books: what each event that moves money or credits posts. Every posting sums to zero; debits are positive.
import type { Bill } from './bill';
import type { Grant, GrantKind } from './credits';
import { assertMoney, type Cents, cents, centsToNanos, type Nanos, nanos, sumNanos, zeroNanos } from './money';
import { hourOf, type Month } from './period';

export const accounts = [
  'receivable',
  'cash',
  'fees',
  'disputes',
  'refunds',
  'revenue',
  'discounts',
  'credits',
  'credits_granted',
  'credits_expired',
  'written_off',
  'bad_debt',
  'rounding',
] as const;

/**
 * `receivable`: owed by customers. `cash`: the net of Stripe's balance transactions, and money received elsewhere.
 * `credits`: owed to customers as credit. `credits_granted`: given for nothing; `credits_expired`: what of all credit was
 * never used. The others say why.
 */
export type Account = (typeof accounts)[number];

/** One entry of a posting; a debit is positive. */
export type LedgerEntry = { readonly account: Account; readonly amountNanos: Nanos };

/**
 * Several entries under the key of what they are about: once a key, and together zero. Where they are about one grant they
 * name it.
 */
export type Posting = {
  readonly key: string;
  readonly grantKey?: string;
  readonly entries: readonly LedgerEntry[];
};

/**
 * An issued invoice. What is receivable is whole cents and what was earned is exact: the rounding account takes the
 * difference.
 */
export function invoiceEntries(bill: Bill): readonly LedgerEntry[] {
  return balanced([
    { account: 'receivable', amountNanos: centsToNanos(bill.totalCents) },
    { account: 'credits', amountNanos: bill.creditsAppliedNanos },
    { account: 'discounts', amountNanos: nanos(bill.volumeDiscountNanos + bill.programDiscountNanos) },
    { account: 'revenue', amountNanos: nanos(-bill.listNanos) },
    { account: 'rounding', amountNanos: nanos(-bill.roundingNanos) },
  ]);
}

/**
 * A payment came in: all of it lowers what the customer owes. What was paid too much stands on `receivable` until it is given
 * as a grant, whose posting takes it from there. The fee that Stripe kept is null until it is known.
 */
export function paymentPosting(of: {
  readonly payment: string;
  readonly amountCents: Cents;
  readonly feeCents: Cents | null;
}): Posting {
  const { payment, amountCents, feeCents } = of;
  const feeNanos = centsToNanos(feeCents ?? cents(0n));
  const entries = [
    { account: 'cash', amountNanos: nanos(centsToNanos(amountCents) - feeNanos) },
    { account: 'fees', amountNanos: feeNanos },
    { account: 'receivable', amountNanos: nanos(-centsToNanos(amountCents)) },
  ] as const;
  return { key: `payment:${payment}`, entries: balanced(entries) };
}

/** What Stripe kept of a payment, known only after it was recorded. */
export function feePosting({ payment, feeCents }: { readonly payment: string; readonly feeCents: Cents }): Posting {
  const feeNanos = centsToNanos(feeCents);
  const entries = [
    { account: 'fees', amountNanos: feeNanos },
    { account: 'cash', amountNanos: nanos(-feeNanos) },
  ] as const;
  return { key: `payment-fee:${payment}`, entries: balanced(entries) };
}

/** What an invoice owes for minutes without credits and without a method is not asked for: the guard should have stopped them. */
export function overrunPosting(of: { readonly invoice: string; readonly amountCents: Cents }): Posting {
  const amountNanos = centsToNanos(of.amountCents);
  const entries = [
    { account: 'written_off', amountNanos },
    { account: 'receivable', amountNanos: nanos(-amountNanos) },
  ] as const;
  return { key: `overrun:${of.invoice}`, entries: balanced(entries) };
}

/** Nobody expects what remains of an invoice to be paid any more. */
export function writeOffPosting(of: { readonly invoice: string; readonly remainingCents: Cents }): Posting {
  const amountNanos = centsToNanos(of.remainingCents);
  const entries = [
    { account: 'bad_debt', amountNanos },
    { account: 'receivable', amountNanos: nanos(-amountNanos) },
  ] as const;
  return { key: `write-off:${of.invoice}`, entries: balanced(entries) };
}

/** An invoice that was written off is paid after all: as much of it is owed again, for the payment to take. */
export function writeOffReversal(of: {
  readonly invoice: string;
  readonly payment: string;
  readonly amountCents: Cents;
}): Posting {
  const amountNanos = centsToNanos(of.amountCents);
  const entries = [
    { account: 'receivable', amountNanos },
    { account: 'bad_debt', amountNanos: nanos(-amountNanos) },
  ] as const;
  return { key: `write-off-reversed:${of.invoice}:${of.payment}`, entries: balanced(entries) };
}

/**
 * What nobody is expected to pay became more, or less (negative), by something else than a payment: a bank took money back of
 * an invoice that was written off, a refund of it failed, or one was voided of which money went back that then did not stay.
 */
export function givenUpPosting(of: {
  readonly invoice: string;
  readonly cause: string;
  readonly amountCents: Cents;
}): Posting {
  const { invoice, cause, amountCents } = of;
  const amountNanos = centsToNanos(amountCents);
  const entries = [
    { account: 'bad_debt', amountNanos },
    { account: 'receivable', amountNanos: nanos(-amountNanos) },
  ] as const;
  return { key: `given-up:${invoice}:${cause}`, entries: balanced(entries) };
}

/**
 * What a grant is given for: nothing, money that came, or what the customer had a claim to (the rest of an over-payment,
 * a correction of what was paid), which has made `receivable` smaller than what is owed.
 */
export type GivenFor = 'credits_granted' | 'cash' | 'receivable';

/**
 * What a grant is given for where nobody says otherwise. Credits that were purchased are money received elsewhere: a grant
 * of a thousand dollars sold for nine hundred is one purchased and one promotional.
 */
export function givenFor(kind: GrantKind): GivenFor {
  return kind === 'purchased' ? 'cash' : 'credits_granted';
}

/** A grant is given: what is owed as credit grows by all of it. */
export function grantPosting(
  grant: Pick<Grant, 'key' | 'kind' | 'amountNanos'>,
  account: GivenFor = givenFor(grant.kind),
): Posting {
  const { key, amountNanos } = grant;
  const entries = [
    { account: 'credits', amountNanos: nanos(-amountNanos) },
    { account, amountNanos },
  ] as const;
  return { key: `grant:${key}`, grantKey: key, entries: balanced(entries) };
}

/** Draws go back to the grants that they came from: the entry of it in the posting of the note that returns them. */
export function returnedEntry(amountNanos: Nanos): LedgerEntry {
  return { account: 'credits', amountNanos: nanos(-amountNanos) };
}

/** What the books have of each grant as expired, by the grant's key; nothing where it is left out. */
export type PostedExpiry = ReadonlyMap<string, Nanos>;

/**
 * What makes expiry change: a period closes, a grant is given or ended late, a note returns what was drawn, a dispute credits,
 * or the refund of an over-payment fails.
 */
export type ExpiryCause =
  | Month
  | 'given'
  | 'ended'
  | `note-${number}`
  | `dispute-${string}`
  | `refund-${string}-${number}`;

/**
 * What has expired of these grants and is not posted yet, and what was posted and is drawn or returned since: for each the
 * difference between what is true and what the books say, so that doing it again finds nothing to do. A grant is over once
 * the hours that it pays are closed (`closedThroughMs`); what is left of it then is owed to nobody, unless late usage of
 * its hours comes. A cause has no colon and changes a grant's expiry once, so that key and cause are a key together.
 */
export function expiryPostings(books: {
  readonly grants: readonly Pick<Grant, 'key' | 'remainingNanos' | 'validUntilHour'>[];
  readonly posted: PostedExpiry;
  readonly closedThroughMs: number | null;
  readonly cause: ExpiryCause;
}): readonly Posting[] {
  const { grants, posted, closedThroughMs, cause } = books;
  return grants.flatMap((grant) => {
    const isOver =
      closedThroughMs !== null && grant.validUntilHour !== null && grant.validUntilHour <= hourOf(closedThroughMs);
    const expiredNanos = isOver ? grant.remainingNanos : zeroNanos;
    const amountNanos = nanos(expiredNanos - (posted.get(grant.key) ?? zeroNanos));
    if (amountNanos === 0n) return [];
    return [{ key: `grant-expired:${grant.key}:${cause}`, grantKey: grant.key, entries: expiryEntries(amountNanos) }];
  });
}

/** What moved a customer's credits. `adjusted`: whatever else the books have, such as a dispute that took a grant back. */
export const creditMovements = ['given', 'drawn', 'returned', 'expired', 'ended', 'adjusted'] as const;

export type CreditMovementKind = (typeof creditMovements)[number];

/** What a posting that moves credits is about, by its key. */
export function creditMovementOf(posting: string): CreditMovementKind {
  if (posting.startsWith('grant-expired:')) return posting.endsWith(':ended') ? 'ended' : 'expired';
  if (posting.startsWith('grant:')) return 'given';
  if (posting.startsWith('invoice:')) return 'drawn';
  return posting.startsWith('credit-note:') ? 'returned' : 'adjusted';
}

/** What can no longer be drawn is not owed any more; a negative amount takes that back. */
function expiryEntries(amountNanos: Nanos): readonly LedgerEntry[] {
  return balanced([
    { account: 'credits', amountNanos },
    { account: 'credits_expired', amountNanos: nanos(-amountNanos) },
  ]);
}

/** The entries that say something. Throws where they do not sum to zero. */
export function balanced(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  assertMoney(sumNanos(entries.map((entry) => entry.amountNanos)) === 0n, 'a posting sums to zero');
  return entries.filter((entry) => entry.amountNanos !== 0n);
}
