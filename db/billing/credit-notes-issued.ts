// Credit notes: written whole, each in one transaction, under the workspace's row.

import type { NoteContent } from '../../domain/correction';
import type { CreditNoteKind, VoidUsage } from '../../domain/credit-note';
import { lostTotals } from '../../domain/credit-note-lines';
import { creditNoteId } from '../../domain/ids';
import { formatInstant } from '../../domain/period';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { takeOverrunOff } from '../guard/overrun';
import { drawRows, listedDraws } from './draw-rows';
import { insertEntries, postingRows } from './ledger';

const selectNext = statement<{ number: number; last_invoice: number }>(`
  select coalesce((select max(number) from credit_notes where workspace_id = :workspace), 0) + 1 as number,
    coalesce((select max(number) from invoices where workspace_id = :workspace), 0) as last_invoice`);

export type NextNote = { readonly number: number; readonly lastInvoice: number };

/** The number that the next credit note of a workspace has. The caller holds the workspace's row. */
export async function readNextNote(trx: Trx, workspace: string): Promise<NextNote> {
  const [row] = await selectNext(trx, { workspace });
  if (row === undefined) throw new Error('credit notes: no number was answered');
  return { number: row.number, lastInvoice: row.last_invoice };
}

const insertNote = statement(`
  insert into credit_notes (id, workspace_id, number, invoice_id, kind, key, reason, void_usage, amount_cents,
    not_credited_cents, written_off_cents, lowers_due_cents, to_refund_cents, as_credits_cents, grant_key,
    credits_returned_nanos, list_nanos, volume_discount_nanos, program_discount_nanos, credits_applied_nanos,
    amount_due_nanos, owed_nanos, last_invoice, issued_at)
  values (:id, :workspace, :number, :invoice, :kind, :key, :reason, :void_usage, :amount, :not_credited, :written_off,
    :lowers_due, :to_refund, :as_credits, :grant, :returned, :list, :volume, :program, :credits, :due, :owed,
    :last_invoice, :at::timestamptz)`);

const insertContents = statement(`
  with content as (
    select :workspace::text as workspace_id, :id::text as note_id
  ), lines as (
    insert into credit_note_lines (workspace_id, note_id, position, kind, description, month, model, version,
      instance_type, replica_minutes, price_nanos, exact_nanos, amount_cents)
    select content.workspace_id, content.note_id, line.position, line.kind, line.description, line.month, line.model,
      line.version, line."instanceType", line."replicaMinutes", line."priceNanos", line."exactNanos", line."amountCents"
    from content, jsonb_to_recordset(:lines::jsonb) as line (position int, kind text, description text, month text,
      model text, version text, "instanceType" text, "replicaMinutes" int8, "priceNanos" int8, "exactNanos" int8,
      "amountCents" int8)
  ), returned as (
    insert into credit_returns (workspace_id, note_id, invoice_id, grant_key, hours, amounts)
    select content.workspace_id, content.note_id, :invoice, draw."grantKey", draw.hours, draw.amounts
    from content, ${listedDraws}
  ), used as (
    insert into credit_note_usage (workspace_id, note_id, month, model, version, instance_type, price_nanos, hours, minutes,
      list_nanos)
    select content.workspace_id, content.note_id, line.month, line.model, line.version, line."instanceType",
      line."priceNanos", line.hours, line.minutes, line."listNanos"
    from content, jsonb_to_recordset(:usage::jsonb) as line (month text, model text, version text, "instanceType" text,
      "priceNanos" int8, hours int[], minutes int[], "listNanos" int8)
  )
  ${insertEntries}`);

export type NewCreditNote = {
  readonly workspace: string;
  readonly invoice: string;
  readonly kind: CreditNoteKind;
  readonly key: string;
  readonly reason: string;
  readonly voidUsage: VoidUsage | null;
  readonly grantKey: string | null;
  readonly content: NoteContent;
  readonly nowMs: number;
};

/**
 * Writes a credit note with its lines, the minutes that it takes off, the draws that go back and its posting. Triggers
 * credit the invoice and give back to grants. Answers its id.
 */
export async function writeCreditNote(trx: Trx, note: NewCreditNote, next: NextNote): Promise<string> {
  const { workspace, invoice, content } = note;
  const id = creditNoteId({ workspace, number: next.number });
  const at = formatInstant(note.nowMs);
  await insertNote(trx, { ...noteBindings(note), id, number: next.number, last_invoice: next.lastInvoice, at });
  await insertContents(trx, {
    workspace,
    id,
    invoice,
    at,
    lines: json(content.lines),
    draws: drawRows(content.returns),
    usage: json(content.usage.map((line) => ({ ...line, listNanos: lostTotals(line).listNanos }))),
    postings: postingRows([{ key: `credit-note:${id}`, entries: content.entries }]),
  });
  await takeOverrunOff(trx, { workspace, invoice, note: id, overrun: content.overrun });
  return id;
}

function noteBindings({ workspace, invoice, kind, key, reason, voidUsage, grantKey, content }: NewCreditNote) {
  const { split, after } = content;
  return {
    workspace,
    invoice,
    kind,
    key,
    reason,
    void_usage: voidUsage,
    grant: grantKey,
    amount: content.amountCents,
    not_credited: content.notCreditedCents,
    written_off: split.writtenOffCents,
    lowers_due: split.lowersDueCents,
    to_refund: split.toRefundCents,
    as_credits: split.asCreditsCents,
    returned: content.creditsReturnedNanos,
    list: after?.listNanos ?? null,
    volume: after?.volumeDiscountNanos ?? null,
    program: after?.programDiscountNanos ?? null,
    credits: after?.creditsAppliedNanos ?? null,
    due: after?.amountDueNanos ?? null,
    owed: after?.owedNanos ?? null,
  };
}

// Money as text: a JSON number would lose digits.
function json(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item));
}
