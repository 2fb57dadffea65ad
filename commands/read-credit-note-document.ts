// The facts of a credit note's PDF, read from what was stored at its issue and at that of its invoice.

import { listTerms } from '../db/accounts/terms';
import { readCreditNoteLines, type StoredCreditNote } from '../db/billing/credit-notes-read';
import { readInvoice } from '../db/billing/invoices-read';
import type { Db } from '../db/connection/knex';
import { composeCreditNoteDocument } from '../domain/credit-note-document';
import { MinutebookError } from '../domain/errors';
import type { CreditNoteDocument } from '../gateways/pdf/document';

export async function readCreditNoteDocument(db: Db, note: StoredCreditNote): Promise<CreditNoteDocument> {
  const invoice = await readInvoice(db, note.invoice);
  if (invoice === undefined) {
    throw new MinutebookError({ code: 'internal', detail: `credit note ${note.id}: its invoice is not there` });
  }
  const lines = (await readCreditNoteLines(db, { workspace: note.workspace, ids: [note.id] })).get(note.id) ?? [];
  return composeCreditNoteDocument({ note, lines, invoice, terms: await listTerms(db, note.workspace) });
}
