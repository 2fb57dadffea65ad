// Attempts to charge: the row before the call, with all that is sent; the outcome after it.
import type { AttemptState } from '../../domain/collecting/standing';
import type { Decline } from '../../domain/dunning/decline';
import { type Cents, cents } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

/** All that is sent for a charge, as it is stored: sent again it is the same, or another attempt. Amounts as text. */
export type ChargeBody = {
  readonly workspace: string;
  readonly invoice: string;
  readonly attempt: string;
  readonly customer: string;
  readonly paymentMethod: { readonly id: string; readonly type: Decline['methodType'] };
  readonly amountCents: string;
  readonly description: string;
  readonly idempotencyKey: string;
  readonly usage: 'recurring' | 'unscheduled';
  /** The invoices that it is to pay, oldest first. */
  readonly pays: readonly string[];
};

export type NewCharge = {
  readonly body: ChargeBody;
  readonly number: number;
  readonly fingerprint: string | null;
  readonly nowMs: number;
};

// Sent from now on: whoever dies between this and the call has, as far as anybody knows, sent it.
const insertCharge = statement(`
  insert into payment_attempts (workspace_id, invoice_id, number, kind, amount_cents, method, method_type, fingerprint, body,
    state, made_at, sent_at)
  values (:workspace, :invoice, :number, 'charge', :amount, :method, :type, :fingerprint, :body::jsonb, 'sending',
    :at::timestamptz, :at::timestamptz)`);

/** Writes the attempt before anything is sent. A second one in flight is refused by the database. */
export async function addCharge(trx: Trx, { body, number, fingerprint, nowMs }: NewCharge): Promise<void> {
  await insertCharge(trx, {
    workspace: body.workspace,
    invoice: body.invoice,
    number,
    amount: BigInt(body.amountCents),
    method: body.paymentMethod.id,
    type: body.paymentMethod.type,
    fingerprint,
    body: JSON.stringify(body),
    at: formatInstant(nowMs),
  });
}

export type ChargedMethod = {
  readonly id: string;
  readonly type: Decline['methodType'];
  readonly brand: string | null;
  readonly last4: string | null;
  readonly bankName: string | null;
};

export type StoredAttempt = {
  readonly kind: 'charge' | 'checkout';
  readonly state: AttemptState;
  readonly amountCents: Cents;
  /** What is charged; of a session the customer chooses it. */
  readonly method: ChargedMethod | null;
  readonly sentAtMs: number | null;
  readonly body: unknown;
  readonly paymentIntent: string | null;
};

type AttemptRow = {
  kind: 'charge' | 'checkout';
  state: AttemptState;
  amount_cents: bigint;
  method: ChargedMethod | null;
  sent_at: number | null;
  body: unknown;
  payment_intent: string | null;
};

export type AttemptKey = { readonly workspace: string; readonly invoice: string; readonly number: number };

const selectAttempt = statement<AttemptRow>(`
  select kind, attempt.state, amount_cents, sent_at, body, payment_intent,
    case when known.method is not null then jsonb_build_object('id', known.method, 'type', known.type, 'brand', known.brand,
      'last4', known.last4, 'bankName', known.bank_name) end as method
  from payment_attempts as attempt
  left join payment_methods as known on known.workspace_id = attempt.workspace_id and known.method = attempt.method
  where attempt.workspace_id = :workspace and invoice_id = :invoice and number = :number`);

export async function readAttempt(db: Db, of: AttemptKey): Promise<StoredAttempt | undefined> {
  const [row] = await selectAttempt(db, of);
  if (row === undefined) return undefined;
  const { kind, state, method, body } = row;
  return {
    kind,
    state,
    method,
    body,
    amountCents: cents(row.amount_cents),
    sentAtMs: row.sent_at,
    paymentIntent: row.payment_intent,
  };
}

const updateAttempt = statement(`
  update payment_attempts set state = :state, payment_intent = coalesce(:intent, payment_intent),
    decline = coalesce(:decline::jsonb, decline), followed_by = coalesce(:row, followed_by),
    unknown_code = coalesce(:unknown, unknown_code),
    settled_at = case when :state in ('open', 'sending', 'processing') then null
      else coalesce(settled_at, :at::timestamptz) end
  where workspace_id = :workspace and invoice_id = :invoice and number = :number`);

export type Settled = {
  readonly state: AttemptState;
  readonly paymentIntent?: string | null;
  readonly decline?: { readonly decline: Decline; readonly row: string; readonly unknownCode: string | null };
};

/** What became of an attempt. */
export async function settleAttempt(trx: Trx, of: AttemptKey, settled: Settled & { nowMs: number }): Promise<void> {
  const { state, paymentIntent = null, decline, nowMs } = settled;
  await updateAttempt(trx, {
    ...of,
    state,
    intent: paymentIntent,
    decline: decline === undefined ? null : JSON.stringify(decline.decline),
    row: decline?.row ?? null,
    unknown: decline?.unknownCode ?? null,
    at: formatInstant(nowMs),
  });
}

const retire = statement(`
  update payment_methods set state = 'unusable', ended_at = :at::timestamptz
  where workspace_id = :workspace and method = :method and state = 'active'`);

/** Takes a method out of use whose mandate is gone. */
export async function retireMethod(trx: Trx, of: { workspace: string; method: string; nowMs: number }): Promise<void> {
  await retire(trx, { workspace: of.workspace, method: of.method, at: formatInstant(of.nowMs) });
}

const selectByIntent = statement<AttemptKey>(`
  select workspace_id as workspace, invoice_id as invoice, number from payment_attempts where payment_intent = :intent`);

/** The attempt that a payment is known to be of; undefined where its row does not say so (yet). */
export async function findAttemptOf(db: Db, paymentIntent: string): Promise<AttemptKey | undefined> {
  const [row] = await selectByIntent(db, { intent: paymentIntent });
  return row;
}
