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
      // The guard's overrun, as credit notes have left it.
      written_off: '10000000 * written_off_cents',
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
      // What was credited after it was paid is owed as a refund, and not less receivable.
      receivable: '10000000 * to_refund_cents',
      refunds: '-10000000 * to_refund_cents',
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
  {
    rows: 'payments',
    amounts: {
      cash: '10000000 * (amount_cents - coalesce(fee_cents, 0))',
      fees: '10000000 * coalesce(fee_cents, 0)',
    },
  },
  {
    rows: 'given_up',
    amounts: { receivable: '-10000000 * cents', bad_debt: '10000000 * cents' },
  },
  {
    rows: '(select refund_parts.*, because from refund_parts join refunds using (workspace_id, key)) as parts',
    amounts: {
      receivable: `case when state <> 'failed' and because <> 'overpayment' then -10000000 * amount_cents else 0 end`,
      // Posted once the money has left our balance, and once it is back.
      refunds: `case when because = 'overpayment' or fee_cents is null or failed_fee_cents is not null then 0
        else 10000000 * amount_cents end`,
      // What goes back of an over-payment leaves its grant at once, and the books when it is posted.
      credits: `case when because = 'overpayment' then 10000000 * (
        case when fee_cents is null or failed_fee_cents is not null then 0 else amount_cents end
        - case when state = 'failed' then 0 else amount_cents end) else 0 end`,
      cash: `-10000000 * (case when fee_cents is null or failed_fee_cents is not null then 0 else amount_cents end
        + coalesce(fee_cents, 0) + coalesce(failed_fee_cents, 0))`,
      fees: '10000000 * (coalesce(fee_cents, 0) + coalesce(failed_fee_cents, 0))',
    },
  },
  {
    rows: `(select disputes.*, (select coalesce(sum(amount_cents), 0) from payment_returns as returned
      where returned.workspace_id = disputes.workspace_id and returned.dispute = disputes.dispute
        and returned.state = 'withdrawn') as returned_cents from disputes) as banks`,
    amounts: {
      // Withdrawn, it counts as owed again; in the books it stands on an account of its own until it is decided. What was
      // taken back of credits is owed by nobody.
      receivable: `case when state <> 'open' then 0 else -10000000 * returned_cents end`,
      disputes: `case when state <> 'open' then 0 else 10000000 * (withdrawn_cents - from_credits_cents) end`,
      bad_debt: `case when state <> 'open' then 10000000 * (withdrawn_cents - from_credits_cents - returned_cents) else 0 end`,
      cash: '-10000000 * (withdrawn_cents + fee_cents)',
      fees: '10000000 * fee_cents',
    },
  },
];
