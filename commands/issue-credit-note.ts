// Issuing a credit note: numbered, with its posting, the grant that it gives and its e-mail, in the caller's transaction.
// Whoever takes something of an invoice back, for whatever reason, writes it here.

import { readNextNote, writeCreditNote } from '../db/billing/credit-notes-issued';
import { readCreditNote, type StoredCreditNote } from '../db/billing/credit-notes-read';
import { postExpiry } from '../db/billing/expiry';
import { addGrant, readGiven } from '../db/billing/grants';
import { readInvoice } from '../db/billing/invoices-read';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { writeEmail } from '../db/mail/emails';
import { wakeCollecting } from '../db/payments/waking';
import type { NoteContent } from '../domain/correction';
import type { CreditNoteKind, VoidUsage } from '../domain/credit-note';
import { defaultPriority, grantNanosMax, grantsNanosMax } from '../domain/credits';
import { MinutebookError } from '../domain/errors';
import { creditNoteIssuedKey, creditNoteNumber, invoiceNumber } from '../domain/ids';
import { creditNoteIssuedFacts } from '../domain/mail/email';
import { centsToNanos, formatUsdGrouped, type Nanos } from '../domain/money';
import { hourOf, hourStartMs } from '../domain/period';
import type { Settings } from './connections';
import { refundCredited } from './refund-credited';

export type Issuing = {
  readonly workspace: string;
  readonly invoice: string;
  readonly kind: CreditNoteKind;
  readonly key: string;
  readonly reason: string;
  readonly voidUsage?: VoidUsage;
  readonly content: NoteContent;
  readonly nowMs: number;
  readonly settings: NoteSettings;
};

export type NoteSettings = Pick<Settings, 'isMailing' | 'isCharging'>;

/** Issues it. The caller holds the workspace's row, and has asked the domain what it says. */
export async function issueCreditNote(trx: Trx, note: Issuing): Promise<StoredCreditNote> {
  const { workspace, content, nowMs } = note;
  const next = await readNextNote(trx, workspace);
  const grantKey = await giveAsCredits(trx, note, next.number);
  const id = await writeCreditNote(trx, { ...note, voidUsage: note.voidUsage ?? null, grantKey }, next);
  // Who collects it charges less from now on, or ends.
  await wakeCollecting(trx, [note.invoice]);
  if (content.returns.length > 0) {
    const keys = [...new Set(content.returns.map(({ grantKey }) => grantKey))];
    await postExpiry(trx, { workspace, keys, cause: `note-${next.number}`, nowMs });
    await wakeGuards(trx, { workspaces: [workspace], nowMs });
  }
  const stored = await readCreditNote(trx, id);
  if (stored === undefined) throw new Error(`credit notes: ${id} was written and is not there`);
  // Without a mail server nothing is written: it would wait for ever.
  if (note.settings.isMailing) await writeNoteEmail(trx, stored, nowMs);
  if (note.kind !== 'refund') await refundCredited(trx, { invoice: note.invoice, settings: note.settings, nowMs });
  return stored;
}

// What was paid already, as a grant: it begins with the hour of the note, and has no end.
async function giveAsCredits(trx: Trx, note: Issuing, number: number): Promise<string | null> {
  const { workspace, content, nowMs } = note;
  const amountNanos = centsToNanos(content.split.asCreditsCents);
  if (amountNanos === 0n) return null;
  const given = await readGiven(trx, workspace);
  if (amountNanos > grantNanosMax || given + amountNanos > grantsNanosMax) throw tooMuchCredit(note, amountNanos);
  const key = `correction:${note.key}:${number}`;
  const validity = { validFromMs: hourStartMs(hourOf(nowMs)), validUntilMs: null };
  const grant = { key, kind: 'adjustment', amountNanos, priority: defaultPriority, ...validity } as const;
  const added = await addGrant(trx, { workspace, grant, nowMs, account: 'receivable' });
  if (added === undefined) throw grantKeyTaken(workspace, key);
  return key;
}

async function writeNoteEmail(trx: Trx, note: StoredCreditNote, nowMs: number): Promise<void> {
  const { id, workspace, invoice, reason } = note;
  const credited = await readInvoice(trx, invoice);
  if (credited === undefined) throw new Error(`credit notes: ${id} is for ${invoice}, which is not there`);
  const facts = creditNoteIssuedFacts({
    note: id,
    number: creditNoteNumber(note),
    invoiceNumber: invoiceNumber({ workspace, number: note.invoiceNumber }),
    nowMs,
    reason,
    split: note,
    creditsReturnedNanos: note.creditsReturnedNanos,
    remainingCents: credited.remainingCents,
    voidUsage: note.voidUsage,
  });
  const key = creditNoteIssuedKey(id);
  await writeEmail(trx, { key, workspace, kind: 'credit_note_issued', about: invoice, facts, nowMs });
}

function tooMuchCredit({ workspace, invoice }: Issuing, amountNanos: Nanos): MinutebookError {
  const message = `expected what was paid (${formatUsdGrouped(amountNanos)} US dollars of ${invoice}) to be within the limits of credits of workspace ${workspace}; have it refunded`;
  return new MinutebookError({
    code: 'conflict',
    detail: `nothing was changed: ${message}`,
    faults: [{ field: 'as', message }],
  });
}

function grantKeyTaken(workspace: string, key: string): MinutebookError {
  const message = `workspace ${workspace} has a grant ${key} already, which this would give; give the correction a key of its own`;
  return new MinutebookError({
    code: 'conflict',
    detail: `nothing was changed: ${message}`,
    faults: [{ field: 'key', message }],
  });
}
