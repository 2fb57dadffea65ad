// The facts of an invoice's PDF, read from what was stored at its issue: made when asked for, never kept as truth.

import { listTerms } from '../db/accounts/terms';
import { readLines, type StoredInvoice } from '../db/billing/invoices-read';
import type { Db } from '../db/connection/knex';
import { composeInvoiceDocument } from '../domain/invoice-document';
import type { InvoiceDocument } from '../gateways/pdf/document';

export async function readInvoiceDocument(db: Db, invoice: StoredInvoice): Promise<InvoiceDocument> {
  const lines = (await readLines(db, [invoice.id])).get(invoice.id) ?? [];
  return composeInvoiceDocument({ invoice, lines, terms: await listTerms(db, invoice.workspace) });
}
