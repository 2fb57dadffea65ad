// Refunds: written whole with their parts, whose outcomes are noted as Stripe tells them.

import type { Posting } from '../../domain/ledger';
import { type Cents, cents } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import type { RefundBecause, RefundPart, RefundPartState } from '../../domain/refunds';
import { ofDocument } from '../billing/document-key';
import { insertEntries, postingRows } from '../billing/ledger';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { byLot, lotOf } from './lots';

export type RefundKey = { readonly workspace: string; readonly key: string };

export type NewRefund = RefundKey & {
  readonly invoice: string;
  readonly amountCents: Cents;
  readonly reason: string;
  readonly because: RefundBecause;
  /** What was asked for, as it was. */
  readonly body: object;
  readonly parts: readonly NewPart[];
  /** Of what is paid out by hand. */
  readonly reference: string | null;
  readonly postings: readonly Posting[];
  readonly nowMs: number;
};

/** `refund`: its id at Stripe, where it was made there. */
export type NewPart = RefundPart & { readonly refund?: string };

const insertRefund = statement(`
  with refund as (
    insert into refunds (workspace_id, key, invoice_id, amount_cents, reason, because, body, made_at)
    values (:workspace, :key, :invoice, :amount, :reason, :because, :body::jsonb, :at::timestamptz)
  ), entries as (${insertEntries}
  )
  insert into refund_parts (workspace_id, key, number, invoice_id, payment, amount_cents, state, refund, reference, fee_cents,
    made_at, sent_at, settled_at)
  select :workspace, :key, nth, :invoice, part.payment, part.cents, case when by_hand then 'by_hand' else 'sending' end,
    part.refund, case when by_hand then :reference end, case when by_hand then 0 end, :at::timestamptz,
    case when part.refund is not null then :at::timestamptz end, case when by_hand then :at::timestamptz end
  from jsonb_to_recordset(:parts::jsonb) as part (nth int, payment text, cents int8, by_hand boolean, refund text)`);

export async function addRefund(trx: Trx, refund: NewRefund): Promise<void> {
  const { amountCents, body, parts, postings, nowMs, ...as } = refund;
  const rows = parts.map((part, at) => ({
    nth: at + 1,
    payment: part.payment,
    cents: String(part.cents),
    by_hand: part.isByHand,
    refund: part.refund ?? null,
  }));
  await insertRefund(trx, {
    ...as,
    amount: amountCents,
    body: JSON.stringify(body),
    parts: JSON.stringify(rows),
    postings: postingRows(postings),
    at: formatInstant(nowMs),
  });
}

export type StoredPart = RefundKey & {
  readonly number: number;
  readonly invoice: string;
  readonly payment: string;
  readonly amountCents: Cents;
  readonly state: RefundPartState;
  readonly because: RefundBecause;
  readonly refund: string | null;
  readonly reference: string | null;
  readonly why: string | null;
  readonly feeCents: Cents | null;
  readonly failedFeeCents: Cents | null;
  readonly madeAtMs: number;
  readonly sentAtMs: number | null;
  readonly settledAtMs: number | null;
  /** How it was paid: `Visa ending 4242`. */
  readonly label: string | null;
};

type PartRow = {
  workspace_id: string;
  key: string;
  number: number;
  invoice_id: string;
  payment: string;
  amount_cents: bigint;
  state: RefundPartState;
  because: RefundBecause;
  refund: string | null;
  reference: string | null;
  why: string | null;
  fee_cents: bigint | null;
  failed_fee_cents: bigint | null;
  made_at: number;
  sent_at: number | null;
  settled_at: number | null;
  method_label: string | null;
};

const parts = `
  select part.workspace_id, part.key, part.number, part.invoice_id, part.payment, part.amount_cents, part.state, because,
    part.refund, part.reference, part.why, part.fee_cents, part.failed_fee_cents, part.made_at, part.sent_at,
    part.settled_at, payments.method_label
  from refund_parts as part
  join refunds on refunds.workspace_id = part.workspace_id and refunds.key = part.key
  join payments on payments.workspace_id = part.workspace_id and payments.payment = part.payment`;

const selectParts = statement<PartRow>(`${parts}
  where part.workspace_id = :workspace and part.key = :key order by part.number`);

/** The parts of a refund in their order; none where there is no such refund. */
export async function readRefundParts(db: Db, of: RefundKey): Promise<readonly StoredPart[]> {
  return (await selectParts(db, of)).map(partOf);
}

const selectPartsOfAll = statement<PartRow>(
  `${parts} where part.workspace_id = :workspace and part.key = any(:keys::text[]) order by part.made_at, part.number`,
);

/** The parts of these refunds of a workspace. */
export async function readPartsOfAll(
  db: Db,
  { workspace, keys }: { readonly workspace: string; readonly keys: readonly string[] },
): Promise<readonly StoredPart[]> {
  return (await selectPartsOfAll(db, { workspace, keys: textArray(keys) })).map(partOf);
}

const selectPartsAtStripe = statement<PartRow>(`${parts} where part.refund = :refund order by part.key, part.number`);

/** The parts that a refund at Stripe is known by. */
export async function readPartsAtStripe(db: Db, refund: string): Promise<readonly StoredPart[]> {
  return (await selectPartsAtStripe(db, { refund })).map(partOf);
}

function partOf(row: PartRow): StoredPart {
  return {
    workspace: row.workspace_id,
    key: row.key,
    number: row.number,
    invoice: row.invoice_id,
    payment: row.payment,
    amountCents: cents(row.amount_cents),
    state: row.state,
    because: row.because,
    refund: row.refund,
    reference: row.reference,
    why: row.why,
    feeCents: row.fee_cents === null ? null : cents(row.fee_cents),
    failedFeeCents: row.failed_fee_cents === null ? null : cents(row.failed_fee_cents),
    madeAtMs: row.made_at,
    sentAtMs: row.sent_at,
    settledAtMs: row.settled_at,
    label: row.method_label,
  };
}

export type StoredRefund = RefundKey & {
  readonly invoice: string;
  readonly amountCents: Cents;
  readonly reason: string;
  readonly because: RefundBecause;
  readonly creditNote: string | null;
  readonly body: unknown;
  readonly madeAtMs: number;
};

type RefundRow = {
  workspace_id: string;
  key: string;
  invoice_id: string;
  amount_cents: bigint;
  reason: string;
  because: RefundBecause;
  credit_note: string | null;
  body: unknown;
  made_at: number;
};

const columns = `workspace_id, key, invoice_id, amount_cents, reason, because, body, made_at,
  (select id from credit_notes as note
    where note.workspace_id = refunds.workspace_id and note.invoice_id = refunds.invoice_id and note.kind = 'refund' and note.key = refunds.key) as credit_note`;
const selectRefund = statement<RefundRow>(
  `select ${columns} from refunds where workspace_id = :workspace and key = :key`,
);

export async function readRefund(db: Db, of: RefundKey): Promise<StoredRefund | undefined> {
  const [row] = await selectRefund(db, of);
  return row && refundOf(row);
}

const selectRefunds = statement<RefundRow>(`
  select ${columns} from refunds
  where workspace_id = :workspace and invoice_id = :invoice and (:after::text is null or (made_at, key) > (
    select made_at, key from refunds where workspace_id = :workspace and key = :after::text))
  order by made_at, key limit :limit`);

/** The refunds of an invoice in their order, after one of this key. */
export async function listRefunds(
  db: Db,
  of: {
    readonly workspace: string;
    readonly invoice: string;
    readonly after: string | null;
    readonly limit: number;
  },
): Promise<readonly StoredRefund[]> {
  return (await selectRefunds(db, of)).map(refundOf);
}

function refundOf(row: RefundRow): StoredRefund {
  return {
    workspace: row.workspace_id,
    key: row.key,
    invoice: row.invoice_id,
    amountCents: cents(row.amount_cents),
    reason: row.reason,
    because: row.because,
    creditNote: row.credit_note,
    body: row.body,
    madeAtMs: row.made_at,
  };
}

const updateSent = statement(`
  update refund_parts set sent_at = :at::timestamptz
  where workspace_id = :workspace and key = :key and number = :number and state = 'sending' and sent_at is null`);

/** Notes that a part is about to be sent, before it is. */
export async function notePartSent(
  db: Db,
  { workspace, key, number, nowMs }: RefundKey & { readonly number: number; readonly nowMs: number },
): Promise<void> {
  await updateSent(db, { workspace, key, number, at: formatInstant(nowMs) });
}

export type PartNews = Pick<StoredPart, 'state' | 'refund' | 'why' | 'feeCents' | 'failedFeeCents'> & {
  readonly postings: readonly Posting[];
  readonly nowMs: number;
};

const updatePart = statement(`
  with entries as (${insertEntries}
  )
  update refund_parts set state = :state, refund = :refund, why = :why, fee_cents = :fee, failed_fee_cents = :failed_fee,
    settled_at = case when :state::text in ('sending', 'pending') then null else :at::timestamptz end
  where workspace_id = :workspace and key = :key and number = :number`);

/** Notes what became of a part, with its postings. */
export async function settlePart(trx: Trx, { workspace, key, number }: StoredPart, news: PartNews): Promise<void> {
  const { state, refund, why, feeCents, failedFeeCents, postings, nowMs } = news;
  await updatePart(trx, {
    ...{ workspace, key, number, state, refund, why },
    fee: feeCents,
    failed_fee: failedFeeCents,
    postings: postingRows(postings),
    at: formatInstant(nowMs),
  });
}

const insertStray = statement(`
  insert into stray_refunds (refund, workspace_id, payment, amount_cents, stray_cents, seen_at)
  values (:refund, :workspace, :payment, :amount, :stray, :at::timestamptz) on conflict do nothing`);

/** Keeps a refund that was made at Stripe of more than we know to be left. */
export async function addStrayRefund(
  trx: Trx,
  of: { refund: string; workspace: string; payment: string; amountCents: Cents; strayCents: Cents; nowMs: number },
): Promise<void> {
  const { amountCents, strayCents, nowMs, ...stray } = of;
  await insertStray(trx, { ...stray, amount: amountCents, stray: strayCents, at: formatInstant(nowMs) });
}

const selectWaiting = statement<{ workspace_id: string; id: string }>(`
  select workspace_id, id from invoices
  where to_refund_cents > 0 and id > :after and exists (
    select from credit_notes as note
    where note.workspace_id = invoices.workspace_id and note.invoice_id = invoices.id and note.kind <> 'refund' and note.to_refund_cents > 0
      and not exists (select from refunds
        where refunds.workspace_id = note.workspace_id and refunds.key = 'credit-note:' || note.number))
  order by id limit :limit`);

/** Invoices of which notes left something to be refunded that no refund was begun for, by id, after this one. */
export async function listWaitingForRefund(
  db: Db,
  of: { readonly after: string; readonly limit: number },
): Promise<readonly { readonly workspace: string; readonly invoice: string }[]> {
  return (await selectWaiting(db, of)).map((row) => ({ workspace: row.workspace_id, invoice: row.id }));
}

const selectUnsent = statement<{ workspace_id: string; key: string }>(`
  select workspace_id, key from refund_parts where state = 'sending' and made_at < :before::timestamptz
  group by workspace_id, key order by min(made_at) limit :limit`);

/** Refunds of which a part is still to be sent, the oldest first. */
export async function listUnsentRefunds(
  db: Db,
  { beforeMs, limit }: { readonly beforeMs: number; readonly limit: number },
): Promise<readonly RefundKey[]> {
  const rows = await selectUnsent(db, { before: formatInstant(beforeMs), limit });
  return rows.map((row) => ({ workspace: row.workspace_id, key: row.key }));
}

const selectPending = statement<{ workspace_id: string; refund: string }>(`
  select workspace_id, refund from refund_parts
  where state = 'pending' and refund is not null and made_at < :before::timestamptz
  group by workspace_id, refund order by ${byLot('refund')} limit :limit`);

/** Refunds at Stripe of which nothing was heard since they were sent, long ago. */
export async function listPendingRefunds(
  db: Db,
  { sentBeforeMs, limit }: { readonly sentBeforeMs: number; readonly limit: number },
): Promise<readonly { readonly workspace: string; readonly refund: string }[]> {
  const bindings = { before: formatInstant(sentBeforeMs), lot: lotOf(sentBeforeMs), limit };
  const rows = await selectPending(db, bindings);
  return rows.map((row) => ({ workspace: row.workspace_id, refund: row.refund }));
}

const selectNotes = statement<{ number: number; to_refund_cents: bigint; reason: string }>(`
  select number, to_refund_cents, reason from credit_notes as note
  where workspace_id = :workspace and invoice_id = :invoice and kind <> 'refund' and to_refund_cents > 0
    and not exists (select from refunds
      where refunds.workspace_id = note.workspace_id and refunds.key = 'credit-note:' || note.number)
  order by number`);

export type UnrefundedNote = { readonly number: number; readonly toRefundCents: Cents; readonly reason: string };

/** The notes of an invoice for which nothing was refunded yet by itself. */
export async function readUnrefundedNotes(trx: Trx, invoice: string): Promise<readonly UnrefundedNote[]> {
  const rows = await selectNotes(trx, { invoice, ...ofDocument(invoice) });
  return rows.map((row) => ({ number: row.number, reason: row.reason, toRefundCents: cents(row.to_refund_cents) }));
}
