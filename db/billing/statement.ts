// The statement of a workspace's credits: every movement on the books' account of them, and what was owed after each.
import { type Nanos, nanos } from '../../domain/money';
import type { Month } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type CreditMovement = {
  /** Ascends with the order of posting. */
  readonly entry: bigint;
  readonly posting: string;
  readonly atMs: number;
  /** Positive: the customer has more. */
  readonly amountNanos: Nanos;
  readonly balanceNanos: Nanos;
  /** By grant, with the sign of the amount. */
  readonly grants: readonly { readonly key: string; readonly amountNanos: Nanos }[];
  /** What drew, or what was drawn back by a credit note. */
  readonly invoice: { readonly id: string; readonly number: number; readonly month: Month } | null;
  readonly note: { readonly id: string; readonly number: number } | null;
};

type Row = {
  entry_id: bigint;
  posting: string;
  posted_at: number;
  amount: bigint;
  balance: bigint;
  grants: { key: string; amount: string }[] | null;
  invoice: string | null;
  invoice_number: number | null;
  month: Month | null;
  note: string | null;
  note_number: number | null;
};

// An entry an invoice, grant, note and expiry: hundreds in years, so that all are summed up for each page. What an entry of
// an invoice or a note is made of, their draws and returns say.
const selectMovements = statement<Row>(`
  with moved as (
    select entry_id, posting, posted_at, grant_key, -amount_nanos as amount,
      sum(-amount_nanos) over (order by entry_id)::int8 as balance
    from ledger_entries where workspace_id = :workspace and account = 'credits'
  ), listed as (
    select * from moved where :before::int8 is null or entry_id < :before order by entry_id desc limit :limit
  )
  select listed.entry_id, listed.posting, listed.posted_at, listed.amount, listed.balance,
    invoices.id as invoice, invoices.number as invoice_number, invoices.month, notes.id as note, notes.number as note_number,
    case
      when listed.grant_key is not null
        then jsonb_build_array(jsonb_build_object('key', listed.grant_key, 'amount', listed.amount::text))
      when notes.id is not null then (
        select jsonb_agg(jsonb_build_object('key', grant_key, 'amount', amount_nanos::text) order by grant_key)
        from credit_returns where workspace_id = notes.workspace_id and invoice_id = notes.invoice_id and note_id = notes.id)
      else (
        select jsonb_agg(jsonb_build_object('key', grant_key, 'amount', (-amount_nanos)::text) order by grant_key)
        from credit_draws where workspace_id = invoices.workspace_id and invoice_id = invoices.id)
    end as grants
  from listed
  left join credit_notes as notes
    on notes.workspace_id = :workspace and listed.posting like 'credit-note:%' and notes.id = substr(listed.posting, 1 + length('credit-note:'))
  left join invoices on invoices.workspace_id = :workspace and invoices.id = coalesce(notes.invoice_id,
    case when listed.posting like 'invoice:%' then substr(listed.posting, 1 + length('invoice:')) end)
  order by listed.entry_id desc`);

/** The newest first, before an entry where one is named. */
export async function readCreditMovements(
  db: Db,
  { workspace, before, limit }: { workspace: string; before: bigint | null; limit: number },
): Promise<readonly CreditMovement[]> {
  return (await selectMovements(db, { workspace, before, limit })).map(movementOf);
}

function movementOf(row: Row): CreditMovement {
  const { invoice, invoice_number: number, month, note, note_number: noteNumber } = row;
  return {
    entry: row.entry_id,
    posting: row.posting,
    atMs: row.posted_at,
    amountNanos: nanos(row.amount),
    balanceNanos: nanos(row.balance),
    grants: (row.grants ?? []).map(({ key, amount }) => ({ key, amountNanos: nanos(BigInt(amount)) })),
    invoice: invoice === null || number === null || month === null ? null : { id: invoice, number, month },
    note: note === null || noteNumber === null ? null : { id: note, number: noteNumber },
  };
}
