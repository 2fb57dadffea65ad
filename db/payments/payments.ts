// Money that came in: the payment, what of it pays which invoice, and its postings, whole or not at all.
import type { Posting } from '../../domain/ledger';
import { type Cents, cents } from '../../domain/money';
import type { Allocation } from '../../domain/payments';
import { formatInstant } from '../../domain/period';
import { insertEntries, postingRows } from '../billing/ledger';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

type OwedRow = { id: string; remaining_cents: bigint; bad_debt: bigint };

/** An invoice of which something remains, and how much of it the books still have as written off. */
export type OwedInvoice = { readonly id: string; readonly remainingCents: Cents; readonly badDebtCents: Cents };

// What was written off is paid only where the payment is meant for it.
const selectOwed = statement<OwedRow>(`
  with meant as (
    select id, nth from unnest(:pays::text[]) with ordinality as listed (id, nth)
  )
  select invoices.id, remaining_cents,
    coalesce((select cents from given_up
      where given_up.workspace_id = invoices.workspace_id and given_up.invoice_id = invoices.id), 0)::int8 as bad_debt
  from invoices left join meant on meant.id = invoices.id
  where workspace_id = :workspace and remaining_cents > 0 and (status <> 'uncollectible' or nth is not null)
  order by nth, number`);

/** What a workspace owes: first what the payment is meant for, in that order, then the oldest first. */
export async function readOwed(
  trx: Trx,
  { workspace, pays }: { readonly workspace: string; readonly pays: readonly string[] },
): Promise<readonly OwedInvoice[]> {
  const rows = await selectOwed(trx, { workspace, pays: textArray(pays) });
  return rows.map((row) => ({
    id: row.id,
    remainingCents: cents(row.remaining_cents),
    badDebtCents: cents(row.bad_debt),
  }));
}

export type NewPayment = {
  readonly workspace: string;
  readonly payment: string;
  /** What it was meant for. */
  readonly invoice: string;
  readonly source: 'stripe' | 'elsewhere';
  readonly amountCents: Cents;
  readonly feeCents: Cents | null;
  readonly charge: string | null;
  readonly methodType: string;
  readonly methodLabel: string | null;
  readonly method: string | null;
  readonly reference: string | null;
  readonly grantedCents: Cents;
  readonly allocations: readonly Allocation[];
  readonly postings: readonly Posting[];
  readonly nowMs: number;
};

const insertPayment = statement(`
  with payment as (
    insert into payments (workspace_id, payment, invoice_id, source, amount_cents, fee_cents, charge, method_type, method_label, method,
      reference, received_at, granted_cents)
    values (:workspace, :payment, :invoice, :source, :amount, :fee, :charge, :type, :label, :method, :reference, :at::timestamptz,
      :granted)
  ), entries as (${insertEntries}
  )
  insert into payment_allocations (workspace_id, payment, invoice_id, amount_cents, allocated_at)
  select :workspace, :payment, listed.invoice, listed.cents, :at::timestamptz
  from jsonb_to_recordset(:allocations::jsonb) as listed (invoice text, cents int8)`);

export async function addPayment(trx: Trx, payment: NewPayment): Promise<void> {
  const { methodType, methodLabel, amountCents, feeCents, grantedCents, allocations, postings, nowMs, ...as } = payment;
  await insertPayment(trx, {
    ...as,
    amount: amountCents,
    fee: feeCents,
    granted: grantedCents,
    type: methodType,
    label: methodLabel,
    at: formatInstant(nowMs),
    postings: postingRows(postings),
    allocations: JSON.stringify(allocations.map((each) => ({ ...each, cents: String(each.cents) }))),
  });
}

export type StoredPayment = {
  readonly source: 'stripe' | 'elsewhere';
  readonly amountCents: Cents;
  readonly feeCents: Cents | null;
  readonly grantedCents: Cents;
  readonly reference: string | null;
  /** The invoice that it was meant for. */
  readonly invoice: string;
  readonly receivedAtMs: number;
};

type PaymentRow = {
  source: 'stripe' | 'elsewhere';
  amount_cents: bigint;
  fee_cents: bigint | null;
  granted_cents: bigint;
  reference: string | null;
  invoice_id: string;
  received_at: number;
};

const selectPayment = statement<PaymentRow>(`
  select source, amount_cents, fee_cents, granted_cents, reference, received_at, invoice_id
  from payments where workspace_id = :workspace and payment = :payment`);

export async function readPayment(
  db: Db,
  of: { readonly workspace: string; readonly payment: string },
): Promise<StoredPayment | undefined> {
  const [row] = await selectPayment(db, of);
  if (row === undefined) return undefined;
  const { source, reference } = row;
  return {
    source,
    reference,
    amountCents: cents(row.amount_cents),
    feeCents: row.fee_cents === null ? null : cents(row.fee_cents),
    grantedCents: cents(row.granted_cents),
    invoice: row.invoice_id,
    receivedAtMs: row.received_at,
  };
}

const updateFee = statement(`
  update payments set fee_cents = :fee, charge = coalesce(charge, :charge)
  where workspace_id = :workspace and payment = :payment`);

/** Notes what Stripe kept, where that was not known. */
export async function noteFee(
  trx: Trx,
  of: { workspace: string; payment: string; feeCents: Cents; charge: string | null },
): Promise<void> {
  await updateFee(trx, { ...of, fee: of.feeCents });
}

const selectWorkspace = statement<{ workspace_id: string }>(`
  select workspace_id from payment_attempts where payment_intent = :payment`);

/** Whose payment it is, also while it is only tried; undefined where it is nobody's that we know. */
export async function workspaceOfPayment(db: Db, payment: string): Promise<string | undefined> {
  const [row] = await selectWorkspace(db, { payment });
  return row?.workspace_id;
}
