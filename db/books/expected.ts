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
      // What was credited after it was paid is owed as a refund, and not less receivable.
      receivable: `10000000 * (total_cents - credited_cents - written_off_cents
        - (paid_cents - returned_cents - refunded_cents) + to_refund_cents)`,
      refunds: '-10000000 * to_refund_cents',
    },
  },
  {
    rows: 'standing_bills',
    amounts: {
      revenue: '-list_nanos',
      // What a note did not charge though the smaller bill would is a discount.
      discounts: 'volume_discount_nanos + program_discount_nanos + amount_due_nanos - owed_nanos',
      rounding: 'owed_nanos - 10000000 * ((owed_nanos + 5000000) / 10000000)',
    },
  },
  {
    rows: 'credit_notes',
    amounts: {
      discounts: `10000000 * (case when kind in ('goodwill', 'refund') then amount_cents else 0 end - not_credited_cents)`,
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
