// How an invoice stands with its collecting, in one statement; the caller holds the workspace's row.

import type { Attempt, Mailed, Method, Standing } from '../../domain/collecting/standing';
import type { Decline } from '../../domain/dunning/decline';
import { neverRows } from '../../domain/dunning/follow';
import type { InvoiceStatus } from '../../domain/invoice';
import { cents } from '../../domain/money';
import { methodLabel } from '../../domain/payment-method';
import { chargeCentsMin } from '../../domain/payments';
import { formatInstant, type Month } from '../../domain/period';
import type { Collection } from '../../domain/terms';
import { ofDocument } from '../billing/document-key';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

type AttemptJson = Omit<Attempt, 'amountCents' | 'returned'> & {
  readonly amountCents: string;
  readonly returned: { readonly reason: string; readonly atMs: number } | null;
};

type MethodJson = {
  readonly id: string;
  readonly type: Decline['methodType'];
  readonly brand: string | null;
  readonly last4: string;
  readonly bankName: string | null;
  readonly fingerprint: string | null;
  readonly updatedAtMs: number;
  readonly isBarred: boolean;
  readonly attemptsMs: readonly number[];
  readonly sending: number;
};

type Row = {
  workspace_id: string;
  id: string;
  number: number;
  month: Month;
  status: InvoiceStatus;
  collection: Collection;
  issued_at: number;
  due_at: number;
  total_cents: bigint;
  remaining_cents: bigint;
  owed: { id: string; cents: string }[];
  attempts: AttemptJson[];
  method: MethodJson | null;
  customer: string | null;
  is_disputed: boolean;
  lost_methods: string[];
  last_payment: { nth: number; cents: string; label: string | null; receivedAtMs: number } | null;
  mailed: Mailed[];
};

const ms = (instant: string) => `extract(epoch from ${instant}) * 1000`;

// What was tried and did not come in. What was paid is no retry, and what is under way may be paid: a card that pays for many
// workspaces has many on their way at a month's end.
const triedInVain = `state in ('declined', 'needs_customer')`;

const triedWithCard = `from payment_attempts as tried
  where tried.fingerprint = active.fingerprint and tried.made_at > :now::timestamptz - interval '30 days'`;

const attempts = `
  (select coalesce(jsonb_agg(jsonb_build_object('number', number, 'kind', kind, 'state', attempt.state,
      'amountCents', attempt.amount_cents::text, 'method', attempt.method, 'fingerprint', fingerprint,
      'madeAtMs', ${ms('made_at')}, 'sentAtMs', ${ms('sent_at')}, 'settledAtMs', ${ms('settled_at')}, 'decline', decline,
      'session', session, 'paymentIntent', payment_intent,
      'returned', (select jsonb_build_object('reason', dispute.reason, 'atMs', ${ms('returned.returned_at')})
        from payment_returns as returned join disputes as dispute
          on dispute.workspace_id = returned.workspace_id and dispute.dispute = returned.dispute
        where returned.workspace_id = attempt.workspace_id and returned.invoice_id = attempt.invoice_id
          and returned.payment = attempt.payment_intent
          and returned.state = 'withdrawn' and dispute.kind = 'bank_return'
        order by returned.returned_at desc limit 1)) order by number), '[]')
  from payment_attempts as attempt
  where attempt.workspace_id = invoices.workspace_id and attempt.invoice_id = invoices.id)`;

const method = `
  (select jsonb_build_object('id', method, 'type', type, 'brand', brand, 'last4', last4, 'bankName', bank_name,
      'fingerprint', fingerprint, 'updatedAtMs', ${ms('updated_at')},
      'isBarred', exists (select from payment_attempts as tried
        where tried.fingerprint = active.fingerprint and tried.workspace_id = active.workspace_id
          and tried.followed_by = any(:never::text[])),
      'attemptsMs', array(select ${ms('made_at')} ${triedWithCard} and ${triedInVain} order by made_at),
      'sending', (select count(*) ${triedWithCard} and state = 'sending'))
  from payment_methods as active
  where active.workspace_id = invoices.workspace_id and active.state = 'active')`;

// Too small to be charged alone, and nothing else is happening to them.
const owed = `
  (select coalesce(jsonb_agg(jsonb_build_object('id', other.id, 'cents', other.remaining_cents::text) order by other.number), '[]')
  from invoices as other
  where other.workspace_id = invoices.workspace_id and other.remaining_cents > 0
    and (other.id = invoices.id or other.remaining_cents < ${chargeCentsMin} and other.collection = 'charge'
      and other.status = 'issued'
      and not exists (select from payment_attempts as flying where flying.workspace_id = other.workspace_id
        and flying.invoice_id = other.id and flying.state in ('open', 'sending', 'processing'))
      and not exists (select from payment_returns as returned
        where returned.workspace_id = other.workspace_id and returned.invoice_id = other.id)))`;

const disputes = `
  from payment_returns as returned join disputes as dispute
    on dispute.workspace_id = returned.workspace_id and dispute.dispute = returned.dispute
  where returned.workspace_id = invoices.workspace_id and returned.invoice_id = invoices.id`;

const selectStanding = statement<Row>(`
  select workspace_id, id, number, month, status, collection, issued_at, due_at, total_cents, remaining_cents,
    ${owed} as owed, ${attempts} as attempts, ${method} as method,
    (select customer from payment_customers where payment_customers.workspace_id = invoices.workspace_id) as customer,
    exists (select ${disputes} and dispute.state = 'open' and returned.state = 'withdrawn') as is_disputed,
    array(select distinct payments.method from payments where (workspace_id, payment) in (
      select returned.workspace_id, returned.payment ${disputes} and dispute.kind <> 'bank_return'
        and returned.state = 'withdrawn') and payments.method is not null) as lost_methods,
    (select jsonb_build_object('nth', count(*) over (), 'cents', allocated.amount_cents::text, 'label', method_label,
        'receivedAtMs', ${ms('allocated_at')})
      from payment_allocations as allocated join payments
        on payments.workspace_id = allocated.workspace_id and payments.payment = allocated.payment
      where allocated.workspace_id = invoices.workspace_id and allocated.invoice_id = invoices.id
      order by allocated_at desc, allocated.payment desc limit 1) as last_payment,
    (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'datedAtMs', ${ms('dated_at')},
        'isReceipt', coalesce(facts -> 'settlement' ->> 'kind' = 'paid', false))), '[]')
      from emails where emails.workspace_id = invoices.workspace_id and about = invoices.id and kind <> 'credit_note_issued') as mailed
  from invoices where workspace_id = :workspace and id = :invoice`);

/** Undefined where there is no such invoice. */
export async function readStanding(
  trx: Trx,
  { invoice, nowMs }: { readonly invoice: string; readonly nowMs: number },
): Promise<Standing | undefined> {
  const [row] = await selectStanding(trx, {
    invoice,
    ...ofDocument(invoice),
    now: formatInstant(nowMs),
    never: textArray(neverRows),
  });
  return row && standingOf(row);
}

function standingOf(row: Row): Standing {
  const { last_payment: last } = row;
  return {
    workspace: row.workspace_id,
    invoice: row.id,
    number: row.number,
    month: row.month,
    status: row.status,
    collection: row.collection,
    issuedAtMs: row.issued_at,
    dueAtMs: row.due_at,
    totalCents: cents(row.total_cents),
    remainingCents: cents(row.remaining_cents),
    owed: row.owed.map((each) => ({ id: each.id, remainingCents: cents(BigInt(each.cents)) })),
    attempts: row.attempts.map(attemptOf),
    method: row.method === null ? null : methodOf(row.method),
    customer: row.customer,
    isDisputed: row.is_disputed,
    lostMethods: row.lost_methods,
    lastPayment: last === null ? null : { ...last, cents: cents(BigInt(last.cents)) },
    mailed: row.mailed,
  };
}

function attemptOf({ amountCents, returned, ...attempt }: AttemptJson): Attempt {
  return {
    ...attempt,
    amountCents: cents(BigInt(amountCents)),
    returned: returned === null ? null : { atMs: returned.atMs, decline: declineOfReturn(returned.reason) },
  };
}

// A returned debit says why by its code (R01), or in Stripe's words for it.
function declineOfReturn(reason: string): Decline {
  const isCode = /^R\d\d$/.test(reason);
  return {
    methodType: 'us_bank_account',
    brand: null,
    code: isCode ? null : reason,
    declineCode: null,
    adviceCode: null,
    networkDeclineCode: null,
    networkAdviceCode: null,
    returnCode: isCode ? reason : null,
  };
}

function methodOf({ brand, last4, bankName, ...method }: MethodJson): Method {
  return { ...method, label: methodLabel({ type: method.type, brand, last4, bankName }) };
}

const selectWorkspace = statement<{ workspace_id: string }>(`
  select workspace_id from invoices where workspace_id = :workspace and id = :invoice`);

/** Whose invoice it is; never changes, so it is read before the lock. */
export async function readWorkspaceOf(db: Db, invoice: string): Promise<string | undefined> {
  const [row] = await selectWorkspace(db, { invoice, ...ofDocument(invoice) });
  return row?.workspace_id;
}
