// Invoices that were written off.

import type { Cents } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import { ofDocument } from '../billing/document-key';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

const selectWriteOff = statement<{ key: string; reason: string }>(`
  select key, reason from written_off_invoices where workspace_id = :workspace and invoice_id = :invoice`);

export async function readWriteOff(
  db: Db,
  invoice: string,
): Promise<{ readonly key: string; readonly reason: string } | undefined> {
  const [row] = await selectWriteOff(db, { invoice, ...ofDocument(invoice) });
  return row;
}

const selectUnderWay = statement(`
  select from payment_attempts
  where workspace_id = :workspace and invoice_id = :invoice and state in ('sending', 'processing')`);

/** Whether money may be on its way. */
export async function isBeingPaid(
  db: Db,
  of: { readonly workspace: string; readonly invoice: string },
): Promise<boolean> {
  return (await selectUnderWay(db, of)).length > 0;
}

const insertWriteOff = statement(`
  insert into written_off_invoices (workspace_id, invoice_id, key, reason, amount_cents, at)
  values (:workspace, :invoice, :key, :reason, :amount, :at::timestamptz)`);

const markUncollectible = statement(`
  update invoices set status = 'uncollectible' where workspace_id = :workspace and id = :invoice`);

export async function writeOff(
  trx: Trx,
  of: {
    readonly workspace: string;
    readonly invoice: string;
    readonly key: string;
    readonly reason: string;
    readonly amountCents: Cents;
    readonly nowMs: number;
  },
): Promise<void> {
  const { amountCents, nowMs, ...row } = of;
  await insertWriteOff(trx, { ...row, amount: amountCents, at: formatInstant(nowMs) });
  await markUncollectible(trx, { workspace: of.workspace, invoice: of.invoice });
}
