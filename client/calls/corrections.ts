// Corrections of usage, and credit notes.

import type { Correction, CorrectionEntry } from '../../contract/corrections';
import type { CreditNote, CreditNoteEntry, VoidInvoiceEntry } from '../../contract/credit-notes';
import type { Answer } from '../../contract/operations';
import { type Calling, inWorkspace, ofInvoice, queryOf } from '../calling';

export function correctionCalls({ get, download, post, remove, list }: Calling) {
  return {
    /** Voids minutes that were billed wrongly; a preview changes nothing. */
    correctUsage: (workspace: string, entry: CorrectionEntry, { preview }: { readonly preview?: boolean } = {}) =>
      post<Answer<'correctUsage'>>(
        `${inWorkspace(workspace)}/corrections${queryOf({ preview: preview ? 'true' : undefined })}`,
        entry,
      ),
    listCorrections: (workspace: string) => list<Correction>(`${inWorkspace(workspace)}/corrections`),
    getCorrection: (workspace: string, key: string) =>
      get<Answer<'getCorrection'>>(`${inWorkspace(workspace)}/corrections/${encodeURIComponent(key)}`),
    /** Its minutes count again; its credit notes stay. */
    takeCorrectionBack: (workspace: string, key: string) =>
      remove<Answer<'takeCorrectionBack'>>(`${inWorkspace(workspace)}/corrections/${encodeURIComponent(key)}`),
    /** Goodwill on money; what was used stays as it is. */
    creditInvoice: (invoice: string, entry: CreditNoteEntry) =>
      post<Answer<'creditInvoice'>>(`${ofInvoice(invoice)}/credit-notes`, entry),
    voidInvoice: (invoice: string, entry: VoidInvoiceEntry) =>
      post<Answer<'voidInvoice'>>(`${ofInvoice(invoice)}/void`, entry),
    listCreditNotes: (invoice: string) => list<CreditNote>(`${ofInvoice(invoice)}/credit-notes`),
    getCreditNote: (note: string) => get<Answer<'getCreditNote'>>(`/v1/credit-notes/${encodeURIComponent(note)}`),
    getCreditNotePdf: (note: string) =>
      download<Answer<'getCreditNotePdf'>>(`/v1/credit-notes/${encodeURIComponent(note)}/pdf`, 'bytes'),
    /** Its lines as CSV. */
    getCreditNoteCsv: (note: string) =>
      download<Answer<'getCreditNoteCsv'>>(`/v1/credit-notes/${encodeURIComponent(note)}/csv`, 'text'),
  };
}
