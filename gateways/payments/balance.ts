// What the provider books: fees, payouts and all that moves the balance, for reconciling.
import type Stripe from 'stripe';
import type { Calls } from './calls';
import { centsOf, idOf, secondsOf } from './figures';
import { pageAfter, pageOf } from './lists';
import type { BalanceEntry, Payments, Range } from './payments';

export function balanceOf({ client, read }: Calls): Pick<Payments, 'balanceTransactions'> {
  return {
    balanceTransactions: async (range) => {
      const listed = await read('balance_transactions.list', () =>
        client.balanceTransactions.list({ created: createdIn(range), ...pageAfter(range.after) }),
      );
      return pageOf(listed, entryOf);
    },
  };
}

/** A range of instants of creation, as Stripe asks for it. */
export function createdIn({ fromMs, toMs }: Range): Stripe.RangeQueryParam {
  return { gte: secondsOf(fromMs), ...(toMs === undefined ? {} : { lte: secondsOf(toMs) }) };
}

function entryOf(transaction: Stripe.BalanceTransaction): BalanceEntry {
  return {
    balanceTransaction: transaction.id,
    amountCents: centsOf(transaction.amount),
    feeCents: centsOf(transaction.fee),
    netCents: centsOf(transaction.net),
    createdMs: transaction.created * 1000,
    currency: transaction.currency,
    type: transaction.type,
    source: idOf(transaction.source),
  };
}
