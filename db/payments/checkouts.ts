// Pages on which a customer pays an invoice: attempts of the kind `checkout`.
import type { AttemptState } from '../../domain/collecting/standing';
import type { InvoiceStatus } from '../../domain/invoice';
import { type Cents, cents } from '../../domain/money';
import type { AttemptInFlight, Payable } from '../../domain/paying';
import { formatInstant, type Month } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import type { AttemptKey } from './attempts';

export type { AttemptKey } from './attempts';

export type PayableInvoice = Payable & {
  readonly workspace: string;
  readonly invoice: string;
  readonly number: number;
  readonly month: Month;
  readonly totalCents: Cents;
  readonly writtenOffCents: Cents;
  readonly dueAtMs: number;
  readonly sellerName: string;
};

type PayableRow = {
  workspace: string;
  invoice: string;
  number: number;
  month: Month;
  status: InvoiceStatus;
  total_cents: bigint;
  written_off_cents: bigint;
  remaining_cents: bigint;
  due_at: number;
  seller_name: string;
  disputed: boolean;
  attempt: number | null;
  attempt_kind: AttemptInFlight['kind'];
  attempt_state: AttemptInFlight['state'];
  attempt_cents: bigint;
  session: string | null;
  made_at: number;
};

const selectPayable = statement<PayableRow>(`
  select invoices.workspace_id as workspace, id as invoice, invoices.number, month, status, total_cents, written_off_cents,
    remaining_cents, due_at, seller ->> 'name' as seller_name,
    exists (select from payment_returns as returned join disputes
        on disputes.workspace_id = returned.workspace_id and disputes.dispute = returned.dispute
      where returned.workspace_id = invoices.workspace_id and returned.invoice_id = invoices.id and returned.state = 'withdrawn' and disputes.state = 'open') as disputed,
    attempt.number as attempt, attempt.kind as attempt_kind, attempt.state as attempt_state,
    attempt.amount_cents as attempt_cents, attempt.session, attempt.made_at
  from invoices left join payment_attempts as attempt
    on attempt.workspace_id = invoices.workspace_id and attempt.invoice_id = invoices.id
      and attempt.state in ('open', 'sending', 'processing')
  where id = :invoice and invoices.workspace_id = :workspace`);

/** How an invoice stands for somebody who wants to pay it; undefined where there is none. */
export async function readPayable(
  db: Db,
  of: { workspace: string; invoice: string },
): Promise<PayableInvoice | undefined> {
  const [row] = await selectPayable(db, of);
  if (row === undefined) return undefined;
  return {
    workspace: row.workspace,
    invoice: row.invoice,
    number: row.number,
    month: row.month,
    status: row.status,
    totalCents: cents(row.total_cents),
    writtenOffCents: cents(row.written_off_cents),
    remainingCents: cents(row.remaining_cents),
    dueAtMs: row.due_at,
    sellerName: row.seller_name,
    isDisputed: row.disputed,
    inFlight: inFlightOf(row),
  };
}

function inFlightOf(row: PayableRow): AttemptInFlight | null {
  if (row.attempt === null) return null;
  return {
    number: row.attempt,
    kind: row.attempt_kind,
    state: row.attempt_state,
    amountCents: cents(row.attempt_cents),
    session: row.session,
    madeAtMs: row.made_at,
  };
}

const selectNumber = statement<{ number: number }>(`
  select 1 + coalesce(max(number), 0) as number from payment_attempts
  where workspace_id = :workspace and invoice_id = :invoice`);

/** The caller holds the workspace's row. */
export async function nextAttemptNumber(trx: Trx, of: { workspace: string; invoice: string }): Promise<number> {
  const [row] = await selectNumber(trx, of);
  return row?.number ?? 1;
}

const insertCheckout = statement(`
  insert into payment_attempts (workspace_id, invoice_id, number, kind, amount_cents, body, state, made_at, sent_at)
  values (:workspace, :invoice, :number, 'checkout', :cents, :body::jsonb, 'open', :at::timestamptz, :at::timestamptz)`);

/** Stores all that is about to be sent. A second one in flight is refused by the database. */
export async function storeCheckout(
  trx: Trx,
  { body, amountCents, nowMs, ...key }: AttemptKey & { body: object; amountCents: Cents; nowMs: number },
): Promise<void> {
  await insertCheckout(trx, { ...key, cents: amountCents, body: JSON.stringify(body), at: formatInstant(nowMs) });
}

const updateSession = statement<{ number: number }>(`
  update payment_attempts set session = :session, session_url = :url
  where workspace_id = :workspace and invoice_id = :invoice and number = :number and state = 'open'
    and coalesce(session, :session) = :session
  returning number`);

/** Notes the page of an attempt; answers whether that is open still. */
export async function noteSession(db: Db, of: AttemptKey & { session: string; url: string }): Promise<boolean> {
  return (await updateSession(db, of)).length > 0;
}

export type FoundCheckout = AttemptKey & {
  readonly state: AttemptState;
  readonly amountCents: Cents;
  /** Where its customer came from, as it was asked for. */
  readonly cancelUrl: string;
};

type FoundRow = Omit<FoundCheckout, 'amountCents'> & { amount_cents: bigint };

const selectBySession = statement<FoundRow>(`
  select workspace_id as workspace, invoice_id as invoice, number, state, amount_cents,
    coalesce(body ->> 'cancelUrl', '') as "cancelUrl"
  from payment_attempts where session = :session`);

/** The attempt that a session is of; undefined where it is none of ours. */
export async function findCheckout(db: Db, session: string): Promise<FoundCheckout | undefined> {
  const [row] = await selectBySession(db, { session });
  if (row === undefined) return undefined;
  const { amount_cents, ...found } = row;
  return { ...found, amountCents: cents(amount_cents) };
}
