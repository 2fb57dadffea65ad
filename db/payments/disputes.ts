// What banks take back: disputes, the parts of invoices that they concern, and what is posted of them.
import type { Posting } from '../../domain/ledger';
import { type Cents, cents } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import { insertEntries, postingRows } from '../billing/ledger';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

export type DisputeKind = 'dispute' | 'inquiry' | 'bank_return';
export type DisputeState = 'open' | 'won' | 'lost';

export type StoredDispute = {
  readonly kind: DisputeKind;
  readonly reason: string;
  readonly state: DisputeState;
  readonly withdrawnCents: Cents;
  readonly feeCents: Cents;
};

type DisputeOf = { readonly workspace: string; readonly dispute: string };

const selectDispute = statement<{
  kind: DisputeKind;
  reason: string;
  state: DisputeState;
  withdrawn_cents: bigint;
  fee_cents: bigint;
}>(`
  select kind, reason, state, withdrawn_cents, fee_cents from disputes
  where workspace_id = :workspace and dispute = :dispute`);

export async function readDispute(db: Db, of: DisputeOf): Promise<StoredDispute | undefined> {
  const [row] = await selectDispute(db, of);
  if (row === undefined) return undefined;
  const { kind, reason, state } = row;
  return { kind, reason, state, withdrawnCents: cents(row.withdrawn_cents), feeCents: cents(row.fee_cents) };
}

const selectPosted = statement<{ posting: string }>(`
  select distinct posting from ledger_entries
  where workspace_id = :workspace and posting >= :prefix and posting < :prefix || '~'`);

/** The keys of what is posted of a dispute: few. */
export async function postedOfDispute(db: Db, { workspace, dispute }: DisputeOf): Promise<ReadonlySet<string>> {
  const rows = await selectPosted(db, { workspace, prefix: `dispute:${dispute}:` });
  return new Set(rows.map(({ posting }) => posting));
}

const selectDisputed = statement<{
  method_type: string;
  method: string | null;
  allocations: { invoice: string; cents: string; returned: string }[];
}>(`
  select method_type, method, (
      select coalesce(jsonb_agg(jsonb_build_object('invoice', allocated.invoice_id, 'cents', allocated.amount_cents::text,
        'returned', (select coalesce(sum(amount_cents), 0) from payment_returns as returned
          where returned.workspace_id = allocated.workspace_id and returned.payment = allocated.payment
            and returned.invoice_id = allocated.invoice_id and returned.dispute = :dispute and returned.state = 'withdrawn')::text)
        order by invoices.number), '[]')
      from payment_allocations as allocated join invoices on invoices.id = allocated.invoice_id
      where allocated.workspace_id = payments.workspace_id and allocated.payment = payments.payment) as allocations
  from payments where workspace_id = :workspace and payment = :payment`);

export type DisputedPayment = {
  readonly methodType: string;
  /** By which it was paid. */
  readonly method: string | null;
  /** The invoices that it paid, oldest first, with what of that this dispute has taken back. */
  readonly allocations: readonly { readonly invoice: string; readonly cents: Cents; readonly returnedCents: Cents }[];
};

export async function readDisputedPayment(
  db: Db,
  of: DisputeOf & { readonly payment: string },
): Promise<DisputedPayment | undefined> {
  const [row] = await selectDisputed(db, of);
  return (
    row && {
      methodType: row.method_type,
      method: row.method,
      allocations: row.allocations.map(({ invoice, cents: amount, returned }) => ({
        invoice,
        cents: cents(BigInt(amount)),
        returnedCents: cents(BigInt(returned)),
      })),
    }
  );
}

export type DisputeNews = DisputeOf &
  StoredDispute & {
    readonly payment: string;
    readonly amountCents: Cents;
    readonly openedAtMs: number;
    /** Of each invoice that is concerned: what the customer's bank took of what it was paid. */
    readonly returns: readonly { readonly invoice: string; readonly cents: Cents }[];
    readonly isWithdrawn: boolean;
    readonly postings: readonly Posting[];
    readonly nowMs: number;
  };

const upsertDispute = statement(`
  with entries as (${insertEntries}
  ), dispute as (
    insert into disputes as stored (workspace_id, dispute, payment, kind, reason, amount_cents, state, withdrawn_cents, fee_cents,
      opened_at, closed_at)
    values (:workspace, :dispute, :payment, :kind, :reason, :amount, :state, :withdrawn, :fee, :opened_at::timestamptz,
      case when :state::text <> 'open' then :at::timestamptz end)
    on conflict (workspace_id, dispute) do update set kind = excluded.kind, reason = excluded.reason,
      amount_cents = excluded.amount_cents, state = excluded.state, withdrawn_cents = excluded.withdrawn_cents,
      fee_cents = excluded.fee_cents,
      closed_at = case when stored.state = excluded.state then stored.closed_at else excluded.closed_at end
  )
  insert into payment_returns as returned (workspace_id, dispute, payment, invoice_id, amount_cents, state, returned_at)
  select :workspace, :dispute, :payment, listed.invoice, listed.cents, 'withdrawn', :at::timestamptz
  from jsonb_to_recordset(:returns::jsonb) as listed (invoice text, cents int8)
  on conflict (workspace_id, dispute, invoice_id) do update set state = 'withdrawn' where returned.state <> 'withdrawn'`);

const reinstate = statement(`
  update payment_returns set state = 'reinstated'
  where workspace_id = :workspace and dispute = :dispute and state = 'withdrawn'`);

/** Writes what is known of a dispute now, with what it takes from which invoice and its postings. */
export async function saveDispute(trx: Trx, news: DisputeNews): Promise<void> {
  const { amountCents, withdrawnCents, feeCents, returns, postings, nowMs, openedAtMs, isWithdrawn, ...dispute } = news;
  await upsertDispute(trx, {
    ...dispute,
    amount: amountCents,
    withdrawn: withdrawnCents,
    fee: feeCents,
    returns: JSON.stringify(returns.map(({ invoice, cents: amount }) => ({ invoice, cents: String(amount) }))),
    postings: postingRows(postings),
    opened_at: formatInstant(openedAtMs),
    at: formatInstant(nowMs),
  });
  if (!isWithdrawn) await reinstate(trx, { workspace: news.workspace, dispute: news.dispute });
}
