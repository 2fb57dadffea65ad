// What banks take back: disputes, the parts of invoices that they concern, and what is posted of them.
import type { Posting } from '../../domain/ledger';
import { type Cents, cents } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import { insertEntries, postingRows } from '../billing/ledger';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

export type DisputeKind = 'dispute' | 'inquiry' | 'bank_return';
export type DisputeState = 'open' | 'won' | 'lost';

export type StoredDispute = {
  readonly kind: DisputeKind;
  readonly reason: string;
  readonly state: DisputeState;
  readonly withdrawnCents: Cents;
  readonly feeCents: Cents;
  /** What of the withdrawn was taken back of the credits that the payment's over-payment became. */
  readonly fromCreditsCents: Cents;
};

type DisputeOf = { readonly workspace: string; readonly dispute: string };

const selectDispute = statement<{
  kind: DisputeKind;
  reason: string;
  state: DisputeState;
  withdrawn_cents: bigint;
  fee_cents: bigint;
  from_credits_cents: bigint;
}>(`
  select kind, reason, state, withdrawn_cents, fee_cents, from_credits_cents from disputes
  where workspace_id = :workspace and dispute = :dispute`);

export async function readDispute(db: Db, of: DisputeOf): Promise<StoredDispute | undefined> {
  const [row] = await selectDispute(db, of);
  if (row === undefined) return undefined;
  const { kind, reason, state } = row;
  return {
    ...{ kind, reason, state },
    withdrawnCents: cents(row.withdrawn_cents),
    feeCents: cents(row.fee_cents),
    fromCreditsCents: cents(row.from_credits_cents),
  };
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
  unspent: bigint;
  allocations: { invoice: string; cents: string; returned: string }[];
}>(`
  select method_type, method,
    coalesce((select remaining_nanos / 10000000 from credit_grants
      where credit_grants.workspace_id = payments.workspace_id and key = 'overpayment:' || payment and ended_at is null
        and granted_cents > 0), 0)::int8 as unspent, (
      select coalesce(jsonb_agg(jsonb_build_object('invoice', allocated.invoice_id,
        'cents', (allocated.amount_cents - taken.by_others)::text, 'returned', taken.by_this::text) order by invoices.number), '[]')
      from payment_allocations as allocated
      join invoices on invoices.workspace_id = allocated.workspace_id and invoices.id = allocated.invoice_id
      cross join lateral (
        select coalesce(sum(amount_cents) filter (where returned.dispute = :dispute), 0) as by_this,
          coalesce(sum(amount_cents) filter (where returned.dispute <> :dispute), 0) as by_others
        from payment_returns as returned
        where returned.workspace_id = allocated.workspace_id and returned.payment = allocated.payment
          and returned.invoice_id = allocated.invoice_id and returned.state = 'withdrawn'
      ) as taken
      where allocated.workspace_id = payments.workspace_id and allocated.payment = payments.payment) as allocations
  from payments where workspace_id = :workspace and payment = :payment`);

export type DisputedPayment = {
  readonly methodType: string;
  /** By which it was paid. */
  readonly method: string | null;
  /** What is left of the credits that it became, as far as it was too much. */
  readonly unspentCents: Cents;
  /** The invoices that it paid, oldest first: what of that no other dispute has taken back, and what this one has. */
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
      unspentCents: cents(row.unspent),
      allocations: row.allocations.map(({ invoice, cents: amount, returned }) => ({
        invoice,
        cents: cents(BigInt(amount)),
        returnedCents: cents(BigInt(returned)),
      })),
    }
  );
}

const selectShort = statement<{ dispute: string }>(`
  select dispute from disputes
  where workspace_id = :workspace and payment = :payment and dispute <> :dispute
    and withdrawn_cents - from_credits_cents > (select coalesce(sum(amount_cents), 0) from payment_returns as returned
      where returned.workspace_id = disputes.workspace_id and returned.dispute = disputes.dispute and returned.state = 'withdrawn')
  order by opened_at, dispute`);

/** Other disputes of a payment that withdrew more than they found: what this one gives back they may have taken. */
export async function disputesShort(db: Db, of: DisputeOf & { readonly payment: string }): Promise<readonly string[]> {
  return (await selectShort(db, of)).map(({ dispute }) => dispute);
}

export type DisputeNews = DisputeOf &
  StoredDispute & {
    readonly payment: string;
    readonly amountCents: Cents;
    readonly openedAtMs: number;
    /** Of each invoice that is concerned: what the customer's bank took of what it was paid. */
    readonly returns: readonly { readonly invoice: string; readonly cents: Cents }[];
    readonly postings: readonly Posting[];
    readonly nowMs: number;
  };

const upsertDispute = statement(`
  with entries as (${insertEntries}
  ), dispute as (
    insert into disputes as stored (workspace_id, dispute, payment, kind, reason, amount_cents, state, withdrawn_cents, fee_cents,
      from_credits_cents, opened_at, closed_at)
    values (:workspace, :dispute, :payment, :kind, :reason, :amount, :state, :withdrawn, :fee, :from_credits, :opened_at::timestamptz,
      case when :state::text <> 'open' then :at::timestamptz end)
    on conflict (workspace_id, dispute) do update set kind = excluded.kind, reason = excluded.reason,
      amount_cents = excluded.amount_cents, state = excluded.state, withdrawn_cents = excluded.withdrawn_cents,
      fee_cents = excluded.fee_cents, from_credits_cents = excluded.from_credits_cents,
      closed_at = case when stored.state = excluded.state then stored.closed_at else excluded.closed_at end
  )
  insert into payment_returns as returned (workspace_id, dispute, payment, invoice_id, amount_cents, state, returned_at)
  select :workspace, :dispute, :payment, listed.invoice, listed.cents, 'withdrawn', :at::timestamptz
  from jsonb_to_recordset(:returns::jsonb) as listed (invoice text, cents int8)
  on conflict (workspace_id, dispute, invoice_id) do update set state = 'withdrawn', amount_cents = excluded.amount_cents
  where (returned.state, returned.amount_cents) <> ('withdrawn', excluded.amount_cents)`);

const reinstate = statement(`
  update payment_returns set state = 'reinstated'
  where workspace_id = :workspace and dispute = :dispute and state = 'withdrawn' and invoice_id <> all(:invoices::text[])`);

/** Writes what is known of a dispute now, with what it takes from which invoice and its postings. */
export async function saveDispute(trx: Trx, news: DisputeNews): Promise<void> {
  const { amountCents, withdrawnCents, feeCents, fromCreditsCents, returns, postings, nowMs, openedAtMs, ...dispute } =
    news;
  const { workspace } = dispute;
  // First what is given back: an invoice of which money came by several payments never has more returned than was paid.
  await reinstate(trx, { ...dispute, invoices: textArray(returns.map(({ invoice }) => invoice)) });
  await upsertDispute(trx, {
    ...dispute,
    workspace,
    amount: amountCents,
    withdrawn: withdrawnCents,
    fee: feeCents,
    from_credits: fromCreditsCents,
    returns: JSON.stringify(returns.map(({ invoice, cents: amount }) => ({ invoice, cents: String(amount) }))),
    postings: postingRows(postings),
    opened_at: formatInstant(openedAtMs),
    at: formatInstant(nowMs),
  });
}
