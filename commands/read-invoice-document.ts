// The facts of an invoice's PDF, read from what was stored at its issue: made when asked for, never kept as truth.

import { listTerms } from '../db/accounts/terms';
import { readLines, type StoredInvoice } from '../db/billing/invoices-read';
import type { Db } from '../db/connection/knex';
import { listPayments } from '../db/payments/reading';
import { composeInvoiceDocument } from '../domain/invoice-document';
import type { InvoiceDocument } from '../gateways/pdf/document';

/** `paidBy` is what it was paid with, where that is known already. */
export async function readInvoiceDocument(
  db: Db,
  invoice: StoredInvoice,
  known?: { readonly paidBy: readonly string[] },
): Promise<InvoiceDocument> {
  const lines = (await readLines(db, { workspace: invoice.workspace, ids: [invoice.id] })).get(invoice.id) ?? [];
  const paidBy = known?.paidBy ?? (await readPaidBy(db, invoice));
  return composeInvoiceDocument({ invoice, lines, terms: await listTerms(db, invoice.workspace), paidBy });
}

// As issued nothing is paid, and nobody is asked.
async function readPaidBy(db: Db, { id, workspace, paidCents }: StoredInvoice): Promise<readonly string[]> {
  if (paidCents === 0n) return [];
  const payments = await listPayments(db, { workspace, invoice: id });
  const applied = payments.filter(({ appliedCents }) => appliedCents > 0n);
  return applied.flatMap(({ label, reference }) => label ?? (reference === null ? [] : `transfer ${reference}`));
}
