// What the books have as bad debt of invoices that nobody is expected to pay, and money of invoices that do not need it any more.

import { type Cents, cents } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import { ofDocument } from '../billing/document-key';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

type InvoicesOf = { readonly workspace: string; readonly invoices: readonly string[] };

const selectGivenUp = statement<{ invoice_id: string; cents: bigint }>(`
  select invoice_id, cents from given_up where workspace_id = :workspace and invoice_id = any(:invoices::text[])`);

/** What is given up of each of these invoices of a workspace; those of which nothing is are left out. */
export async function readGivenUp(db: Db, { workspace, invoices }: InvoicesOf): Promise<ReadonlyMap<string, Cents>> {
  const rows = await selectGivenUp(db, { workspace, invoices: textArray(invoices) });
  return new Map(rows.map((row) => [row.invoice_id, cents(row.cents)]));
}

// What notes left to be refunded is on its way, or waits for it; money that came by nobody's note is a surplus.
const selectSurplus = statement<{ id: string; cents: bigint }>(`
  select id, cents from invoices cross join lateral (
    select to_refund_cents - greatest(0,
      (select coalesce(sum(note.to_refund_cents), 0) from credit_notes as note
        where note.workspace_id = invoices.workspace_id and note.invoice_id = invoices.id)
      - (select coalesce(sum(parts.amount_cents), 0) from refund_parts as parts join refunds using (workspace_id, key)
        where parts.workspace_id = invoices.workspace_id and parts.invoice_id = invoices.id
          and parts.state <> 'failed' and because <> 'overpayment'))::int8 as cents
  ) as surplus
  where workspace_id = :workspace and id = any(:invoices::text[]) and to_refund_cents > 0 and cents > 0 and not exists (
    select from payment_returns as returned join disputes
      on disputes.workspace_id = returned.workspace_id and disputes.dispute = returned.dispute
    where returned.workspace_id = invoices.workspace_id and returned.invoice_id = invoices.id and returned.state = 'withdrawn' and disputes.state = 'open')
  order by number`);

/** What these invoices keep of money that they do not need and that no note gives back, where no dispute is open. */
export async function readSurplus(
  trx: Trx,
  { workspace, invoices }: InvoicesOf,
): Promise<readonly { readonly invoice: string; readonly cents: Cents }[]> {
  const rows = await selectSurplus(trx, { workspace, invoices: textArray(invoices) });
  return rows.map((row) => ({ invoice: row.id, cents: cents(row.cents) }));
}

const insertSurplus = statement(`
  insert into surplus_grants (workspace_id, dispute, invoice_id, amount_cents, grant_key, given_at)
  values (:workspace, :dispute, :invoice, :amount, :grant, :at::timestamptz)`);

/** Notes that a surplus became a grant, which is there: the invoice does not keep it any more. */
export async function addSurplusGrant(
  trx: Trx,
  of: {
    readonly workspace: string;
    readonly dispute: string;
    readonly invoice: string;
    readonly amountCents: Cents;
    readonly grant: string;
    readonly nowMs: number;
  },
): Promise<void> {
  const { amountCents, nowMs, ...row } = of;
  await insertSurplus(trx, { ...row, amount: amountCents, at: formatInstant(nowMs) });
}

const selectDisputed = statement(`
  select from payment_returns as returned join disputes
    on disputes.workspace_id = returned.workspace_id and disputes.dispute = returned.dispute
  where returned.workspace_id = :workspace and returned.invoice_id = :invoice and returned.state = 'withdrawn' and disputes.state = 'open'`);

/** Whether a bank has withdrawn money of it and not decided yet. */
export async function isWithdrawn(db: Db, invoice: string): Promise<boolean> {
  return (await selectDisputed(db, { invoice, ...ofDocument(invoice) })).length > 0;
}
