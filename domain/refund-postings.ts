// What the books say of money that goes back: refunds, and what banks take. Every posting sums to zero; debits are positive.
import { balanced, type LedgerEntry, type Posting } from './ledger';
import { type Cents, cents, centsToNanos, nanos } from './money';

export type RefundPartKey = { readonly key: string; readonly number: number };

/** What was paid too much is owed as credit; of all else a credit note has said that it is owed as a refund. */
type PaidFrom = 'refunds' | 'credits';

type MoneyOut = RefundPartKey & { readonly amountCents: Cents; readonly feeCents: Cents; readonly from: PaidFrom };

/** A part of a refund left our balance, with what Stripe kept for it; or was paid out by hand. */
export function refundPosting({ key, number, amountCents, feeCents, from }: MoneyOut): Posting {
  return {
    key: `refund:${key}:${number}`,
    entries: entriesOf([
      [from, amountCents],
      ['fees', feeCents],
      ['cash', cents(-amountCents - feeCents)],
    ]),
  };
}

/** It failed, and the money is ours again. */
export function refundFailedPosting({ key, number, amountCents, feeCents, from }: MoneyOut): Posting {
  return {
    key: `refund:${key}:${number}:failed`,
    entries: entriesOf([
      [from, cents(-amountCents)],
      ['fees', feeCents],
      ['cash', cents(amountCents - feeCents)],
    ]),
  };
}

/** A movement of a dispute: withdrawn (negative), or given back. */
export function disputePosting(of: {
  readonly dispute: string;
  readonly balanceTransaction: string;
  readonly amountCents: Cents;
  readonly feeCents: Cents;
}): Posting {
  const { dispute, balanceTransaction, amountCents, feeCents } = of;
  return {
    key: `dispute:${dispute}:${balanceTransaction}`,
    entries: entriesOf([
      ['cash', cents(amountCents - feeCents)],
      ['fees', feeCents],
      ['disputes', cents(-amountCents)],
    ]),
  };
}

/** Credits that an over-payment became are taken back, as its money was; given again where that comes back (negative). */
export function disputeCreditsPosting(of: {
  readonly dispute: string;
  readonly nth: number;
  readonly amountCents: Cents;
}): Posting {
  const { dispute, nth, amountCents } = of;
  return {
    key: `dispute:${dispute}:credits:${nth}`,
    entries: entriesOf([
      ['credits', amountCents],
      ['disputes', cents(-amountCents)],
    ]),
  };
}

/**
 * A dispute is lost: what was withdrawn is owed again, as far as it had paid invoices; the rest nobody owes. `nth` counts
 * how often this was posted, as one may be won on appeal after all: then with what is taken back, negative.
 */
export function disputeLostPosting(of: {
  readonly dispute: string;
  readonly nth: number;
  readonly owedCents: Cents;
  readonly restCents: Cents;
}): Posting {
  const { dispute, nth, owedCents, restCents } = of;
  return {
    key: `dispute:${dispute}:lost:${nth}`,
    entries: entriesOf([
      ['receivable', owedCents],
      ['bad_debt', restCents],
      ['disputes', cents(-owedCents - restCents)],
    ]),
  };
}

function entriesOf(amounts: readonly (readonly [LedgerEntry['account'], Cents])[]): readonly LedgerEntry[] {
  return balanced(amounts.map(([account, amount]) => ({ account, amountNanos: nanos(centsToNanos(amount)) })));
}
