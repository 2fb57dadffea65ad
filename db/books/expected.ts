// What each account of a workspace must hold, told by the rows that the postings are about: data, to which whatever posts
// adds its own.
import type { Account } from '../../domain/ledger';

/** Rows that say what accounts hold: for each account an SQL amount in nano-dollars, debits positive, to be summed. */
export type Source = {
  readonly rows: string;
  readonly amounts: Partial<Readonly<Record<Account, string>>>;
};

export const sources: readonly Source[] = [
  {
    rows: 'invoices',
    amounts: {
      receivable: `10000000 * (total_cents - credited_cents - written_off_cents
        - (paid_cents - returned_cents - refunded_cents))`,
      revenue: '-list_nanos',
      discounts: 'volume_discount_nanos + program_discount_nanos',
      rounding: 'amount_due_nanos - 10000000 * total_cents',
    },
  },
  {
    rows: 'grant_books',
    amounts: {
      credits: 'lost_nanos - remaining_nanos',
      // An adjustment may be given for nothing, or for what the customer had a claim to.
      credits_granted: `case kind when 'purchased' then 0 when 'adjustment' then granted_nanos else amount_nanos end`,
      credits_expired: '-lost_nanos',
      cash: `case kind when 'purchased' then cash_nanos else 0 end`,
    },
  },
];
