// Payments and attempts of an invoice, as they are shown.

import type { AwaitedThing } from '../../domain/collecting/decide';
import type { AttemptState } from '../../domain/collecting/standing';
import { type Cents, cents } from '../../domain/money';
import { ofDocument } from '../billing/document-key';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type ShownPayment = {
  readonly payment: string;
  readonly source: 'stripe' | 'elsewhere';
  readonly amountCents: Cents;
  readonly appliedCents: Cents;
  readonly grantedCents: Cents;
  readonly label: string | null;
  readonly reference: string | null;
  readonly receivedAtMs: number;
};

type PaymentRow = {
  payment: string;
  source: 'stripe' | 'elsewhere';
  amount_cents: bigint;
  applied_cents: bigint;
  granted_cents: bigint;
  method_label: string | null;
  reference: string | null;
  received_at: number;
};

// With those that were meant for it and paid others, as nothing remained.
const selectPayments = statement<PaymentRow>(`
  select payments.payment, source, payments.amount_cents, coalesce(allocated.amount_cents, 0)::int8 as applied_cents,
    granted_cents, method_label, reference, received_at
  from payments left join payment_allocations as allocated
    on allocated.workspace_id = payments.workspace_id and allocated.payment = payments.payment
      and allocated.invoice_id = :invoice
  where payments.workspace_id = :workspace
    and (payments.invoice_id = :invoice or allocated.invoice_id is not null)
    and (:after::text is null or (received_at, payments.payment) > (
      select received_at, payment from payments where workspace_id = :workspace and payment = :after::text))
  order by received_at, payments.payment limit :limit`);

type OfInvoice = { readonly workspace: string; readonly invoice: string };

/** Those of an invoice in the order in which they came, after one of this id. */
export async function listPayments(
  db: Db,
  of: OfInvoice & { readonly after?: string | null; readonly limit?: number | null },
): Promise<readonly ShownPayment[]> {
  const { after = null, limit = null, ...invoice } = of;
  const rows = await selectPayments(db, { ...invoice, after, limit });
  return rows.map((row) => ({
    payment: row.payment,
    source: row.source,
    amountCents: cents(row.amount_cents),
    appliedCents: cents(row.applied_cents),
    grantedCents: cents(row.granted_cents),
    label: row.method_label,
    reference: row.reference,
    receivedAtMs: row.received_at,
  }));
}

export type ShownAttempt = {
  readonly number: number;
  readonly kind: 'charge' | 'checkout';
  readonly state: AttemptState;
  readonly amountCents: Cents;
  readonly followedBy: string | null;
  readonly method: ShownMethod | null;
  readonly madeAtMs: number;
  readonly settledAtMs: number | null;
};

type ShownMethod = {
  readonly type: 'card' | 'us_bank_account';
  readonly brand: string | null;
  readonly last4: string | null;
  readonly bankName: string | null;
};

type AttemptRow = {
  number: number;
  kind: 'charge' | 'checkout';
  state: AttemptState;
  amount_cents: bigint;
  followed_by: string | null;
  method: ShownMethod | null;
  made_at: number;
  settled_at: number | null;
};

const selectAttempts = statement<AttemptRow>(`
  select number, kind, attempt.state, amount_cents, followed_by, made_at, settled_at,
    case when known.method is not null then jsonb_build_object('type', known.type, 'brand', known.brand,
      'last4', known.last4, 'bankName', known.bank_name) end as method
  from payment_attempts as attempt
  left join payment_methods as known on known.workspace_id = attempt.workspace_id and known.method = attempt.method
  where attempt.workspace_id = :workspace and invoice_id = :invoice and number > :after
  order by number limit :limit`);

/** In their order, after one of this number. */
export async function listAttempts(
  db: Db,
  of: OfInvoice & { readonly after: number; readonly limit: number },
): Promise<readonly ShownAttempt[]> {
  const rows = await selectAttempts(db, of);
  return rows.map(({ number, kind, state, method, ...row }) => ({
    number,
    kind,
    state,
    method,
    amountCents: cents(row.amount_cents),
    followedBy: row.followed_by,
    madeAtMs: row.made_at,
    settledAtMs: row.settled_at,
  }));
}

export type ShownCollecting = { readonly waitsFor: AwaitedThing | null; readonly untilMs: number | null };

const selectCollecting = statement<{ waits_for: AwaitedThing | null; until: number | null }>(`
  select waits_for, until from collectings where workspace_id = :workspace and invoice_id = :invoice`);

/** What its collecting waits for; undefined where nobody has looked yet. */
export async function readCollecting(db: Db, invoice: string): Promise<ShownCollecting | undefined> {
  const [row] = await selectCollecting(db, { invoice, ...ofDocument(invoice) });
  return row && { waitsFor: row.waits_for, untilMs: row.until };
}
