// Credit notes, read back as they were issued.

import type {
  CreditNoteKind,
  CreditNoteLine,
  CreditNoteLineKind,
  CreditSplit,
  VoidUsage,
} from '../../domain/credit-note';
import { type Cents, cents, type Nanos, nanos } from '../../domain/money';
import type { Db } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { ofDocument } from './document-key';
import { type LineRow, lineColumns, lineOf } from './line-rows';

export type StoredCreditNote = CreditSplit & {
  readonly id: string;
  readonly workspace: string;
  readonly number: number;
  readonly invoice: string;
  /** The number of the invoice within its workspace. */
  readonly invoiceNumber: number;
  readonly kind: CreditNoteKind;
  readonly key: string;
  readonly reason: string;
  readonly voidUsage: VoidUsage | null;
  readonly amountCents: Cents;
  readonly notCreditedCents: Cents;
  /** The grant that what was paid already was given as. */
  readonly grantKey: string | null;
  readonly creditsReturnedNanos: Nanos;
  readonly issuedAtMs: number;
};

type Row = {
  id: string;
  workspace_id: string;
  number: number;
  invoice_id: string;
  invoice_number: number;
  kind: CreditNoteKind;
  key: string;
  reason: string;
  void_usage: VoidUsage | null;
  amount_cents: bigint;
  not_credited_cents: bigint;
  written_off_cents: bigint;
  lowers_due_cents: bigint;
  to_refund_cents: bigint;
  as_credits_cents: bigint;
  grant_key: string | null;
  credits_returned_nanos: bigint;
  issued_at: number;
};

const notes = `
  select notes.id, notes.workspace_id, notes.number, invoice_id, invoices.number as invoice_number, notes.kind, notes.key,
    reason, void_usage, amount_cents, not_credited_cents, notes.written_off_cents, lowers_due_cents,
    notes.to_refund_cents, as_credits_cents, grant_key, credits_returned_nanos, notes.issued_at
  from credit_notes as notes
  join invoices on invoices.workspace_id = notes.workspace_id and invoices.id = notes.invoice_id`;

const selectById = statement<Row>(`${notes} where notes.workspace_id = :workspace and notes.id = :id`);

export async function readCreditNote(db: Db, id: string): Promise<StoredCreditNote | undefined> {
  const [row] = await selectById(db, { id, ...ofDocument(id) });
  return row && noteOf(row);
}

const selectOfInvoice = statement<Row>(`
  ${notes} where notes.workspace_id = :workspace and notes.invoice_id = :invoice and notes.number > :after::int
  order by notes.number limit :limit`);

/** The notes of an invoice in their order; `after` is the number that the page before ended with. */
export async function listCreditNotes(
  db: Db,
  { invoice, after, limit }: { invoice: string; after: number; limit: number },
): Promise<readonly StoredCreditNote[]> {
  return (await selectOfInvoice(db, { invoice, ...ofDocument(invoice), after, limit })).map(noteOf);
}

const selectOfKeys = statement<Row>(`
  ${notes} where notes.workspace_id = :workspace and notes.kind = 'correction' and notes.key = any(:keys::text[])
  order by notes.number`);

/** The notes of these corrections of a workspace, in their order. */
export async function listCorrectionNotes(
  db: Db,
  { workspace, keys }: { workspace: string; keys: readonly string[] },
): Promise<readonly StoredCreditNote[]> {
  return (await selectOfKeys(db, { workspace, keys: textArray(keys) })).map(noteOf);
}

const selectByKey = statement<Row>(`
  ${notes} where notes.workspace_id = :workspace and notes.invoice_id = :invoice and notes.kind = :kind and notes.key = :key`);

/** The note that was written for an invoice under a key, where there is one. */
export async function readCreditNoteOf(
  db: Db,
  of: { readonly invoice: string; readonly kind: CreditNoteKind; readonly key: string },
): Promise<StoredCreditNote | undefined> {
  const [row] = await selectByKey(db, { ...of, ...ofDocument(of.invoice) });
  return row && noteOf(row);
}

type OwnLineRow = LineRow<CreditNoteLineKind> & { note_id: string };

const selectLines = statement<OwnLineRow>(`
  select note_id, ${lineColumns}
  from credit_note_lines where workspace_id = :workspace and note_id = any(:ids::text[]) order by note_id, position`);

/** The lines of these credit notes of a workspace, by note and in their order. */
export async function readCreditNoteLines(
  db: Db,
  { workspace, ids }: { readonly workspace: string; readonly ids: readonly string[] },
): Promise<ReadonlyMap<string, readonly CreditNoteLine[]>> {
  const rows = ids.length === 0 ? [] : await selectLines(db, { workspace, ids: textArray(ids) });
  const lines = new Map<string, CreditNoteLine[]>(ids.map((id) => [id, []]));
  for (const row of rows) lines.get(row.note_id)?.push(lineOf(row));
  return lines;
}

function noteOf(row: Row): StoredCreditNote {
  return {
    id: row.id,
    workspace: row.workspace_id,
    number: row.number,
    invoice: row.invoice_id,
    invoiceNumber: row.invoice_number,
    kind: row.kind,
    key: row.key,
    reason: row.reason,
    voidUsage: row.void_usage,
    amountCents: cents(row.amount_cents),
    notCreditedCents: cents(row.not_credited_cents),
    writtenOffCents: cents(row.written_off_cents),
    lowersDueCents: cents(row.lowers_due_cents),
    toRefundCents: cents(row.to_refund_cents),
    asCreditsCents: cents(row.as_credits_cents),
    grantKey: row.grant_key,
    creditsReturnedNanos: nanos(row.credits_returned_nanos),
    issuedAtMs: row.issued_at,
  };
}
