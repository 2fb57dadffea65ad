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

const insertInvoice = statement(`
  insert into invoices (id, workspace_id, month, kind, sequence, number, status, list_nanos, volume_discount_nanos,
    program_discount_nanos, credits_applied_nanos, amount_due_nanos, total_cents, parts, closed_because, seller, buyer, collection, issued_at, due_at)
  values (:id, :workspace, :month, '${kind}', 1, :number, :status, :list_nanos, :volume_discount_nanos,
    :program_discount_nanos, :credits_applied_nanos, :amount_due_nanos, :total_cents, :parts, :because, :seller::jsonb,
    :buyer::jsonb, :collection, :at::timestamptz, :due_at::timestamptz)`);

// Both arrays are filled from the same rows in the same order; sorting them by hour would be most of the statement's cost.
const hoursAndMinutes = `
    array_agg(${hourNumber}), array_agg(replica_minutes), sum(list_nanos)::int8`;

// Everything that follows from an invoice in one statement: one round trip, and all of it or nothing.
const insertContents = statement(`
  with content as (
    select :workspace::text as workspace_id, :id::text as invoice_id, :month::text as month, :at::timestamptz as at
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
  ), ledger as (
    insert into ledger_entries (workspace_id, posting, account, amount_nanos, posted_at)
    select content.workspace_id, 'invoice:' || content.invoice_id, entry.account, entry."amountNanos", content.at
    from content, jsonb_to_recordset(:entries::jsonb) as entry (account text, "amountNanos" int8)
  ), deliveries as (${insertDeliveries})
  insert into invoice_usage (workspace_id, invoice_id, month, model, version, instance_type, price_nanos, hours, minutes,
    list_nanos)
  select :workspace, :id, :month, model, version, instance_type, price_nanos, ${hoursAndMinutes}
  from usage_hours
  where workspace_id = :workspace and ${monthHours} and replica_minutes > 0
  group by model, version, instance_type, price_nanos`);

const insertLateUsage = statement(`
  with ${owedHours}
  insert into invoice_usage (workspace_id, invoice_id, month, model, version, instance_type, price_nanos, hours, minutes,
    list_nanos)
  select :workspace, :id, :month, model, version, instance_type, price_nanos, ${hoursAndMinutes}
  from owed group by model, version, instance_type, price_nanos`);

// With what has expired by it. The period that comes after may have waited for this one.
const settlePeriod = statement(`
  with settled as (
    update billing_periods set status = :status, closed_at = :at::timestamptz, closed_because = :because
    where workspace_id = :workspace and month = :month
  ), caught_up as (
    update billing_periods set has_late_usage = false
    where workspace_id = :workspace and has_late_usage and month <> :month
  ), posted as (${insertEntries})
  ${wakePeriods}
  where period.workspace_id = :workspace and period.month > :month and period.status = 'waiting'
  order by period.month limit 1`);

type Settling = {
  readonly because: CloseBecause;
  /** What has expired of the workspace's grants by this closing. */
  readonly expiry: readonly Posting[];
  readonly nowMs: number;
};

/** Marks a period closed, with its invoice or without one, and wakes the next if that one waits. */
export async function closePeriod(
  trx: Trx,
  period: Settling & { readonly workspace: string; readonly month: Month; readonly status: 'invoiced' | 'empty' },
): Promise<void> {
  const { workspace, month, because, status, expiry, nowMs } = period;
  const postings = postingRows(expiry);
  await settlePeriod(trx, { workspace, month, because, status, postings, at: formatInstant(nowMs) });
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
export async function issueInvoice(trx: Trx, issue: Issue): Promise<string> {
  const { workspace, month, bill, composed, overrun, nowMs } = issue;
  const id = invoiceId({ workspace, month, kind, sequence: 1 });
  const at = formatInstant(nowMs);
  await insertInvoice(trx, {
    id,
    workspace,
    month,
    number: issue.number,
    status: initialStatus(bill.totalCents),
    list_nanos: bill.listNanos,
    volume_discount_nanos: bill.volumeDiscountNanos,
    program_discount_nanos: bill.programDiscountNanos,
    credits_applied_nanos: bill.creditsAppliedNanos,
    amount_due_nanos: bill.amountDueNanos,
    total_cents: bill.totalCents,
    parts: json(bill.parts),
    because: issue.because,
    seller: json(issue.seller),
    buyer: json(issue.buyer),
    collection: issue.conditions.collection,
    at,
    due_at: formatInstant(issue.conditions.dueAtMs),
  });
  await insertContents(trx, {
    workspace,
    id,
    month,
    at,
    lines: json(composed.lines),
    draws: drawRows(bill.draws),
    entries: json(composed.entries),
    deliveries: listed(issue.isCollected ? [collectingOf(issue, id)] : []),
    ...monthBounds(month),
  });
  for (const late of issue.lateMonths) await insertLateUsage(trx, { workspace, id, month: late, ...monthBounds(late) });
  if (overrun !== undefined) await writeOverrunOff(trx, { workspace, invoice: id, overrun, nowMs });
  await closePeriod(trx, { ...issue, status: 'invoiced' });
  return id;
}

function collectingOf({ workspace, bill, overrun }: Issue, invoice: string): Delivery {
  const amountDueCents = String(bill.totalCents - (overrun?.amountCents ?? 0n));
  return { kind: 'start', type: 'collectPayment', arguments: { workspace, invoice, run: 0, amountDueCents } };
}

// Money as text: a JSON number would lose digits.
function json(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item));
}
