// Issued invoices, read back as they were issued.

import type { BillAmounts } from '../../domain/bill';
import type { CloseBecause } from '../../domain/closing';
import type { InvoiceBalance, InvoiceLine, InvoiceLineKind, InvoiceStatus } from '../../domain/invoice';
import { type Cents, cents, nanos } from '../../domain/money';
import type { Buyer, Seller } from '../../domain/parties';
import type { Month } from '../../domain/period';
import type { Collection } from '../../domain/terms';
import type { Db } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { ofDocument } from './document-key';
import { type LineRow, lineColumns, lineOf } from './line-rows';

export type BilledPart = BillAmounts & { readonly month: Month; readonly late: boolean };

export type StoredInvoice = BillAmounts &
  InvoiceBalance & {
    readonly id: string;
    readonly workspace: string;
    readonly month: Month;
    readonly number: number;
    readonly currency: string;
    readonly status: InvoiceStatus;
    readonly totalCents: Cents;
    /** What was written off at its issue. */
    readonly overrunCents: Cents;
    readonly parts: readonly BilledPart[];
    readonly closedBecause: CloseBecause;
    readonly seller: Seller;
    readonly buyer: Buyer;
    readonly collection: Collection;
    readonly issuedAtMs: number;
    readonly dueAtMs: number;
    /** A bank looks into a payment of it. */
    readonly isDisputed: boolean;
  };

type PartJson = { readonly month: Month; readonly late: boolean } & { readonly [amount in keyof BillAmounts]: string };

type InvoiceRow = {
  id: string;
  workspace_id: string;
  month: Month;
  number: number;
  currency: string;
  status: InvoiceStatus;
  list_nanos: bigint;
  volume_discount_nanos: bigint;
  program_discount_nanos: bigint;
  credits_applied_nanos: bigint;
  amount_due_nanos: bigint;
  total_cents: bigint;
  overrun_cents: bigint;
  parts: PartJson[];
  closed_because: CloseBecause;
  seller: Seller;
  buyer: Buyer;
  collection: Collection;
  issued_at: number;
  due_at: number;
  credited_cents: bigint;
  written_off_cents: bigint;
  paid_cents: bigint;
  returned_cents: bigint;
  refunded_cents: bigint;
  remaining_cents: bigint;
  to_refund_cents: bigint;
  is_disputed: boolean;
};

const columns = `id, workspace_id, month, number, currency, status, list_nanos, volume_discount_nanos,
  program_discount_nanos, credits_applied_nanos, amount_due_nanos, total_cents, parts, closed_because, seller, buyer,
  collection, issued_at, due_at, credited_cents, written_off_cents, paid_cents, returned_cents, refunded_cents,
  remaining_cents, to_refund_cents,
  coalesce((select amount_cents from overrun_write_offs as written_off
    where written_off.workspace_id = invoices.workspace_id and invoice_id = id), 0) as overrun_cents,
  exists (select from payment_allocations as allocated
    join disputes on disputes.workspace_id = allocated.workspace_id and disputes.payment = allocated.payment
    where allocated.workspace_id = invoices.workspace_id and allocated.invoice_id = id and disputes.state = 'open') as is_disputed`;

const selectById = statement<InvoiceRow>(
  `select ${columns} from invoices where workspace_id = :workspace and id = :id`,
);

export async function readInvoice(db: Db, id: string): Promise<StoredInvoice | undefined> {
  const [row] = await selectById(db, { id, ...ofDocument(id) });
  return row && invoiceOf(row);
}

const selectOfMonth = statement<InvoiceRow>(`
  select ${columns} from period_invoices as invoices where workspace_id = :workspace and month = :month`);

/** The invoice of a period, where it has one. */
export async function readInvoiceOf(
  db: Db,
  { workspace, month }: { workspace: string; month: Month },
): Promise<StoredInvoice | undefined> {
  const [row] = await selectOfMonth(db, { workspace, month });
  return row && invoiceOf(row);
}

const selectPage = statement<InvoiceRow>(`
  select ${columns} from invoices
  where workspace_id = :workspace and (:before::int is null or number < :before::int)
  order by number desc limit :limit`);

/** The newest first; `before` is the number that the page before ended with. */
export async function listInvoices(
  db: Db,
  { workspace, before, limit }: { workspace: string; before: number | null; limit: number },
): Promise<readonly StoredInvoice[]> {
  return (await selectPage(db, { workspace, before, limit })).map(invoiceOf);
}

// Late parts stand only on later invoices than their own period's.
const selectBearing = statement<InvoiceRow>(`
  select ${columns} from invoices
  where workspace_id = :workspace and month > :month
    and parts @> jsonb_build_array(jsonb_build_object('month', :month::text, 'late', true))
  order by number`);

/** The invoices that billed late usage of a month, each with that part alone. */
export async function readLateBilled(
  db: Db,
  { workspace, month }: { workspace: string; month: Month },
): Promise<readonly { readonly invoice: StoredInvoice; readonly part: BilledPart }[]> {
  const invoices = (await selectBearing(db, { workspace, month })).map(invoiceOf);
  return invoices.flatMap((invoice) =>
    invoice.parts.filter((part) => part.late && part.month === month).map((part) => ({ invoice, part })),
  );
}

const selectVoid = statement<{ number: number }>(`
  select number from invoices
  where workspace_id = :workspace and status = 'void'
    and exists (select from jsonb_array_elements(parts) as part where part ->> 'month' = any(:months::text[]))
  order by number`);

/** The void invoices that billed usage of these months. */
export async function readVoidInvoices(
  db: Db,
  { workspace, months }: { workspace: string; months: readonly Month[] },
): Promise<readonly { readonly number: number }[]> {
  return selectVoid(db, { workspace, months: textArray(months) });
}

type OwnLineRow = LineRow<InvoiceLineKind> & { invoice_id: string };

const selectLines = statement<OwnLineRow>(`
  select invoice_id, ${lineColumns}
  from invoice_lines where workspace_id = :workspace and invoice_id = any(:ids::text[]) order by invoice_id, position`);

/** The lines of these invoices of a workspace, by invoice and in their order. */
export async function readLines(
  db: Db,
  { workspace, ids }: { readonly workspace: string; readonly ids: readonly string[] },
): Promise<ReadonlyMap<string, readonly InvoiceLine[]>> {
  const rows = ids.length === 0 ? [] : await selectLines(db, { workspace, ids: textArray(ids) });
  const lines = new Map<string, InvoiceLine[]>(ids.map((id) => [id, []]));
  for (const row of rows) lines.get(row.invoice_id)?.push(lineOf(row));
  return lines;
}

function invoiceOf(row: InvoiceRow): StoredInvoice {
  return {
    id: row.id,
    workspace: row.workspace_id,
    month: row.month,
    number: row.number,
    currency: row.currency,
    status: row.status,
    listNanos: nanos(row.list_nanos),
    volumeDiscountNanos: nanos(row.volume_discount_nanos),
    programDiscountNanos: nanos(row.program_discount_nanos),
    creditsAppliedNanos: nanos(row.credits_applied_nanos),
    amountDueNanos: nanos(row.amount_due_nanos),
    totalCents: cents(row.total_cents),
    overrunCents: cents(row.overrun_cents),
    parts: row.parts.map(partOf),
    closedBecause: row.closed_because,
    seller: row.seller,
    buyer: row.buyer,
    collection: row.collection,
    issuedAtMs: row.issued_at,
    dueAtMs: row.due_at,
    creditedCents: cents(row.credited_cents),
    writtenOffCents: cents(row.written_off_cents),
    paidCents: cents(row.paid_cents),
    returnedCents: cents(row.returned_cents),
    refundedCents: cents(row.refunded_cents),
    remainingCents: cents(row.remaining_cents),
    toRefundCents: cents(row.to_refund_cents),
    isDisputed: row.is_disputed,
  };
}

// Amounts are stored as text: JSON numbers would lose digits.
function partOf(part: PartJson): BilledPart {
  return {
    month: part.month,
    late: part.late,
    listNanos: nanos(BigInt(part.listNanos)),
    volumeDiscountNanos: nanos(BigInt(part.volumeDiscountNanos)),
    programDiscountNanos: nanos(BigInt(part.programDiscountNanos)),
    creditsAppliedNanos: nanos(BigInt(part.creditsAppliedNanos)),
    amountDueNanos: nanos(BigInt(part.amountDueNanos)),
  };
}
