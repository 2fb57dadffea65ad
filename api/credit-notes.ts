// Credit notes: found for who may read them, and as they are answered.
import type { FastifyRequest } from 'fastify';
import type { CreditNote } from '../contract/credit-notes';
import { readCreditNote, readCreditNoteLines, type StoredCreditNote } from '../db/billing/credit-notes-read';
import type { Db } from '../db/connection/knex';
import type { CreditNoteLine as IssuedLine } from '../domain/credit-note';
import { MinutebookError } from '../domain/errors';
import { creditNoteNumber, invoiceNumber } from '../domain/ids';
import { formatCents, formatUsd } from '../domain/money';
import { formatInstant } from '../domain/period';
import { callerOf } from './access';
import { lineShape } from './shapes';

/** The credit note that the path names. Throws `not_found` where there is none, or another workspace's for its key. */
export async function creditNoteOfPath(request: FastifyRequest, db: Db): Promise<StoredCreditNote> {
  const { note: id } = request.params as { readonly note: string };
  const note = /^[A-Za-z0-9_.:-]+$/.test(id) ? await readCreditNote(db, id) : undefined;
  const caller = callerOf(request);
  if (note === undefined || (caller.role === 'workspace' && caller.workspace !== note.workspace)) {
    throw new MinutebookError({ code: 'not_found', detail: `there is no credit note ${id.slice(0, 300)}` });
  }
  return note;
}

/** Each note of a workspace as it is answered, with its lines. */
export async function creditNoteShapes(db: Db, notes: readonly StoredCreditNote[]): Promise<readonly CreditNote[]> {
  const [first] = notes;
  if (first === undefined) return [];
  const lines = await readCreditNoteLines(db, { workspace: first.workspace, ids: notes.map(({ id }) => id) });
  return notes.map((note) => creditNoteShape(note, lines.get(note.id) ?? []));
}

export function creditNoteShape(note: StoredCreditNote, lines: readonly IssuedLine[]): CreditNote {
  const { workspace, number } = note;
  return {
    id: note.id,
    number: creditNoteNumber({ workspace, number }),
    invoice: note.invoice,
    invoiceNumber: invoiceNumber({ workspace, number: note.invoiceNumber }),
    workspace,
    kind: note.kind,
    key: note.key,
    reason: note.reason,
    ...(note.voidUsage === null ? {} : { usage: note.voidUsage }),
    issuedAt: formatInstant(note.issuedAtMs),
    amount: formatCents(note.amountCents),
    lines: lines.map(lineShape),
    writtenOff: formatCents(note.writtenOffCents),
    lowersDue: formatCents(note.lowersDueCents),
    toRefund: formatCents(note.toRefundCents),
    asCredits: formatCents(note.asCreditsCents),
    ...(note.grantKey === null ? {} : { grant: note.grantKey }),
    creditsReturned: formatUsd(note.creditsReturnedNanos),
    notCredited: formatCents(note.notCreditedCents),
  };
}
