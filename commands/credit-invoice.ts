// Crediting money of an invoice: goodwill, and the note that comes with a refund. What was used stays as it is.
import { type Author, audit } from '../db/accounts/audit';
import { readCreditNoteOf, type StoredCreditNote } from '../db/billing/credit-notes-read';
import { readStandingInvoice } from '../db/billing/standing-invoices';
import type { Trx } from '../db/connection/knex';
import { lockWorkspaceRow } from '../db/locks';
import { creditMoney } from '../domain/correction';
import { MinutebookError } from '../domain/errors';
import { type Cents, cents, centsToNanos, formatCents, formatUsdGrouped } from '../domain/money';
import { issueCreditNote, type NoteSettings } from './issue-credit-note';

export type Crediting = {
  readonly workspace: string;
  readonly invoice: string;
  readonly kind: 'goodwill' | 'refund';
  readonly key: string;
  readonly reason: string;
  readonly amountCents: Cents;
};

/**
 * Credits money of an invoice once under a key; the same again answers the same note. Throws `conflict` where the key has
 * other content, where the amount is more than what is left to credit, or where the invoice is void.
 */
export async function creditInvoice(
  trx: Trx,
  { crediting, author, settings }: { crediting: Crediting; author: Author; settings: NoteSettings },
): Promise<{ readonly note: StoredCreditNote; readonly isNew: boolean }> {
  const { workspace, invoice: id, kind, key, reason, amountCents } = crediting;
  await lockWorkspaceRow(trx, workspace);
  const known = await readCreditNoteOf(trx, { invoice: id, kind, key });
  if (known !== undefined) return { note: sameNote(known, { reason, amountCents }), isNew: false };
  const invoice = await readStandingInvoice(trx, id);
  if (invoice.status === 'void') throw isVoid(id);
  refuseTooMuch(crediting, invoice.balance);
  const content = creditMoney({ kind, invoice, amountCents, reason });
  const note = await issueCreditNote(trx, {
    workspace,
    invoice: id,
    kind,
    key,
    reason,
    content,
    nowMs: author.nowMs,
    settings,
  });
  const after = { creditNote: note.id, kind, key, reason, amount: formatCents(amountCents) };
  await audit(trx, author, { action: 'invoice.credited', workspace, before: { invoice: id }, after });
  return { note, isNew: true };
}

/** The stored note, where it says the same. Throws `conflict` where it does not. */
export function sameNote(
  stored: StoredCreditNote,
  content: { readonly [field in 'reason' | 'amountCents' | 'voidUsage']?: StoredCreditNote[field] },
): StoredCreditNote {
  const fields = ['reason', 'amountCents', 'voidUsage'] as const;
  const other = fields.filter((field) => content[field] !== undefined && content[field] !== stored[field]);
  if (other.length === 0) return stored;
  const names = other.map((field) => ({ reason: 'reason', amountCents: 'amount', voidUsage: 'usage' })[field]);
  throw new MinutebookError({
    code: 'conflict',
    detail: `nothing was changed: ${stored.id} of ${stored.invoice} has the key ${stored.key} already, with another ${names.join(', ')}; give this one a key of its own`,
    faults: names.map((field) => ({ field, message: 'another one than that of the stored credit note' })),
  });
}

export function isVoid(invoice: string): MinutebookError {
  const detail = `invoice ${invoice} is void: there is nothing left of it to credit, to correct or to pay`;
  return new MinutebookError({ code: 'conflict', detail });
}

function refuseTooMuch(
  { invoice, amountCents }: Crediting,
  { totalCents, creditedCents }: { readonly totalCents: Cents; readonly creditedCents: Cents },
): void {
  const left = cents(totalCents - creditedCents);
  if (amountCents <= left) return;
  const [most, came] = [left, amountCents].map((amount) => formatUsdGrouped(centsToNanos(amount)));
  const message = `expected at most ${most} US dollars, which is what is left to credit of ${invoice}; came ${came}`;
  throw new MinutebookError({
    code: 'conflict',
    detail: `nothing was changed: ${message}`,
    faults: [{ field: 'amount', message }],
  });
}
