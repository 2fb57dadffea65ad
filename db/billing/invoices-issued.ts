// Invoices: issued whole in one transaction, then read.
import type { Bill } from '../../domain/bill';
import type { CloseBecause } from '../../domain/closing';
import type { Conditions } from '../../domain/conditions';
import type { Delivery } from '../../domain/delivery';
import type { Overrun } from '../../domain/guard/overrun';
import { invoiceId } from '../../domain/ids';
import { type ComposedInvoice, initialStatus } from '../../domain/invoice';
import type { Posting } from '../../domain/ledger';
import type { Buyer, Seller } from '../../domain/parties';
import { formatInstant, type Month } from '../../domain/period';
import { hourNumber, monthBounds, monthHours } from '../connection/instants';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { writeOverrunOff } from '../guard/overrun';
import { insertDeliveries, listed, wakePeriods } from '../outbox';
import { drawRows, listedDraws } from './draw-rows';
import { insertEntries, postingRows } from './ledger';
import { owedHours } from './parts';

const kind = 'usage';

// Both arrays are filled from the same rows in the same order; sorting them by hour would be most of the statement's cost. What
// is listed is the minutes times their price, which its check constraint says of each row.
const hoursAndMinutes = `
    array_agg(${hourNumber}), array_agg(replica_minutes), (price_nanos * sum(replica_minutes))::int8`;

// The number first: where rows are sorted for it, that takes half the time of sorting them by three texts before it.
const byLine = 'price_nanos, model, version, instance_type';

// A period is settled with what has expired by it. The one that comes after may have waited for this one.
const settling = `
  settled as (
    update billing_periods set status = :status, closed_at = :at::timestamptz, closed_because = :because
    where workspace_id = :workspace and month = :month
  ), caught_up as (
    update billing_periods set has_late_usage = false
    where workspace_id = :workspace and has_late_usage and month <> :month
  ), posted as (${insertEntries})`;

const wakeNext = `
  ${wakePeriods}
  where period.workspace_id = :workspace and period.month > :month and period.status = 'waiting'
  order by period.month limit 1`;

const settlePeriod = statement(`with ${settling} ${wakeNext}`);

// An invoice, all that follows from it, and the closing of its period in one statement: one round trip, and all or nothing.
// What looks for the invoice of an added row runs when all of them are there.
const issue = statement(`
  with content as (
    select :workspace::text as workspace_id, :id::text as invoice_id
  ), invoice as (
    insert into invoices (id, workspace_id, month, kind, sequence, number, status, list_nanos, volume_discount_nanos,
      program_discount_nanos, credits_applied_nanos, amount_due_nanos, total_cents, parts, closed_because, seller, buyer,
      collection, issued_at, due_at)
    values (:id, :workspace, :month, '${kind}', 1, :number, :invoice_status, :list_nanos, :volume_discount_nanos,
      :program_discount_nanos, :credits_applied_nanos, :amount_due_nanos, :total_cents, :parts, :because, :seller::jsonb,
      :buyer::jsonb, :collection, :at::timestamptz, :due_at::timestamptz)
  ), lines as (
    insert into invoice_lines (workspace_id, invoice_id, position, kind, description, month, model, version,
      instance_type, replica_minutes, price_nanos, exact_nanos, amount_cents)
    select content.workspace_id, content.invoice_id, line.position, line.kind, line.description, line.month, line.model,
      line.version, line."instanceType", line."replicaMinutes", line."priceNanos", line."exactNanos", line."amountCents"
    from content, jsonb_to_recordset(:lines::jsonb) as line (position int, kind text, description text, month text,
      model text, version text, "instanceType" text, "replicaMinutes" int8, "priceNanos" int8, "exactNanos" int8,
      "amountCents" int8)
  ), draws as (
    insert into credit_draws (workspace_id, invoice_id, grant_key, hours, amounts)
    select content.workspace_id, content.invoice_id, draw."grantKey", draw.hours, draw.amounts
    from content, ${listedDraws}
  ), used as (
    insert into invoice_usage (workspace_id, invoice_id, month, model, version, instance_type, price_nanos, hours, minutes,
      list_nanos)
    select :workspace, :id, :month, model, version, instance_type, price_nanos, ${hoursAndMinutes}
    from usage_hours
    where workspace_id = :workspace and ${monthHours} and replica_minutes > 0
    group by ${byLine}
  ), deliveries as (${insertDeliveries}), ${settling} ${wakeNext}`);

const insertLateUsage = statement(`
  with ${owedHours}
  insert into invoice_usage (workspace_id, invoice_id, month, model, version, instance_type, price_nanos, hours, minutes,
    list_nanos)
  select :workspace, :id, :month, model, version, instance_type, price_nanos, ${hoursAndMinutes}
  from owed group by ${byLine}`);

type Settling = {
  readonly because: CloseBecause;
  /** What has expired of the workspace's grants by this closing. */
  readonly expiry: readonly Posting[];
  readonly nowMs: number;
};

/** Marks a period without anything to bill closed, and wakes the next if that one waits. */
export async function closeEmpty(
  trx: Trx,
  { workspace, month, ...settling }: Settling & { readonly workspace: string; readonly month: Month },
): Promise<void> {
  const { because, expiry, nowMs } = settling;
  const postings = postingRows(expiry);
  await settlePeriod(trx, { workspace, month, because, status: 'empty', postings, at: formatInstant(nowMs) });
}

export type Issue = Settling & {
  readonly workspace: string;
  readonly month: Month;
  readonly number: number;
  readonly bill: Bill;
  readonly composed: ComposedInvoice;
  /** What is written off of it. */
  readonly overrun: Overrun | undefined;
  /** The closed months that this invoice bills late usage of. */
  readonly lateMonths: readonly Month[];
  readonly seller: Seller;
  readonly buyer: Buyer;
  readonly conditions: Conditions;
  /** Whether a workflow collects it. */
  readonly isCollected: boolean;
};

/**
 * Issues the invoice of a period: invoice, lines, billed usage, draws, ledger posting, what is written off of it, the
 * start of its collecting and the period's closing, in the caller's transaction, which holds the locks of lockForInvoice. Answers the invoice's id.
 */
export async function issueInvoice(trx: Trx, invoice: Issue): Promise<string> {
  const { workspace, month, bill, composed, overrun, nowMs } = invoice;
  const id = invoiceId({ workspace, month, kind, sequence: 1 });
  await issue(trx, {
    id,
    workspace,
    month,
    ...monthBounds(month),
    number: invoice.number,
    status: 'invoiced',
    invoice_status: initialStatus(bill.totalCents),
    ...amountsOf(bill),
    parts: json(bill.parts),
    because: invoice.because,
    seller: json(invoice.seller),
    buyer: json(invoice.buyer),
    collection: invoice.conditions.collection,
    at: formatInstant(nowMs),
    due_at: formatInstant(invoice.conditions.dueAtMs),
    lines: json(composed.lines),
    draws: drawRows(bill.draws),
    postings: postingRows([{ key: `invoice:${id}`, entries: composed.entries }, ...invoice.expiry]),
    deliveries: listed(invoice.isCollected ? [collectingOf(invoice, id)] : []),
  });
  const late = invoice.lateMonths.map((each) => ({ workspace, id, month: each, ...monthBounds(each) }));
  for (const bindings of late) await insertLateUsage(trx, bindings);
  if (overrun !== undefined) await writeOverrunOff(trx, { workspace, invoice: id, overrun, nowMs });
  return id;
}

function amountsOf(bill: Bill) {
  return {
    list_nanos: bill.listNanos,
    volume_discount_nanos: bill.volumeDiscountNanos,
    program_discount_nanos: bill.programDiscountNanos,
    credits_applied_nanos: bill.creditsAppliedNanos,
    amount_due_nanos: bill.amountDueNanos,
    total_cents: bill.totalCents,
  };
}

function collectingOf({ workspace, bill, overrun }: Issue, invoice: string): Delivery {
  const amountDueCents = String(bill.totalCents - (overrun?.amountCents ?? 0n));
  return { kind: 'start', type: 'collectPayment', arguments: { workspace, invoice, run: 0, amountDueCents } };
}

// Money as text: a JSON number would lose digits.
function json(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item));
}
