// The outbox: workflow starts and signals, written in the transaction whose change they follow, delivered by the relay.
import { billingSignals, type Delivery, type WorkflowType, workflowIdOf } from '../domain/delivery';
import { isChosenBy } from './connection/chosen';
import type { Db, Trx } from './connection/knex';
import { readByIndexAlone } from './connection/plans';
import { numberArray, statement } from './connection/statement';

/** SQL: inserts the deliveries that `:deliveries` lists, for statements that write what these follow as well. */
export const insertDeliveries = `
  insert into outbox (kind, workflow_type, workflow_id, signal_name, arguments)
  select kind, type, workflow_id, signal, arguments
  from jsonb_to_recordset(:deliveries::jsonb)
    as listed (nth int, kind text, type text, workflow_id text, signal text, arguments jsonb)
  order by nth`;

const insertListed = statement(insertDeliveries);

/** Has these workflows started or woken once the transaction is committed, those of one workflow in this order. */
export async function deliver(trx: Trx, deliveries: readonly Delivery[]): Promise<void> {
  if (deliveries.length > 0) await insertListed(trx, { deliveries: listed(deliveries) });
}

/** What `:deliveries` is bound to. */
export function listed(deliveries: readonly Delivery[]): string {
  const rows = deliveries.map((delivery, nth) => ({
    nth,
    kind: delivery.kind,
    type: delivery.type,
    workflow_id: workflowIdOf(delivery),
    ...(delivery.kind === 'start'
      ? { arguments: delivery.arguments }
      : { signal: delivery.signal, arguments: 'sequence' in delivery ? { sequence: delivery.sequence } : {} }),
  }));
  return JSON.stringify(rows);
}

/** SQL: begins a statement that wakes the workflows of those rows of billing_periods, named `period`, that follow. */
export const wakePeriods = `
  insert into outbox (kind, workflow_type, workflow_id, signal_name, arguments)
  select 'signal', 'billingPeriod', billing_workflow_id(period.workspace_id, period.month),
    '${billingSignals.usageComplete}', '{}'
  from billing_periods as period`;

/** A row of the outbox as the relay has it: what it was made of, and how often it was tried. */
export type OutboxRow = {
  readonly id: bigint;
  readonly workflowId: string;
} & (
  | { readonly kind: 'start'; readonly type: WorkflowType; readonly arguments: unknown }
  /** `sequence`: what the signal carries, where it carries anything. */
  | { readonly kind: 'signal'; readonly type: WorkflowType; readonly signal: string; readonly sequence?: number }
);

/** Rows of one lane wait for each other, those of another do not wait for them. `mail` has the starts of e-mails, `guard` what guards are told, `webhooks` which endpoints there is something for. */
export type Lane = 'billing' | 'mail' | 'guard' | 'webhooks';

type ClaimedRow = {
  outbox_id: bigint;
  kind: 'start' | 'signal';
  workflow_type: WorkflowType;
  workflow_id: string;
  signal_name: string | null;
  arguments: unknown;
};

// A signal waits for an earlier row of its workflow: a start that is still to be delivered. What is claimed is leased, in a
// transaction that ends before Temporal is called: a relay that dies leaves its rows to others once the lease is over.
// By the index alone, of which there is one for each question: 3 ms for 100 of 20,000. Planned for the few rows that there mostly are,
// each was compared with all that waited, 20 to 55 s.
const claimDue = statement<ClaimedRow>(`
  with due as (
    select ctid as place from outbox
    where lane = :lane and next_attempt_at <= now() and (
      select true from outbox as earlier
      where earlier.workflow_id = outbox.workflow_id and earlier.outbox_id + 0 < outbox.outbox_id limit 1) is null
    order by next_attempt_at, outbox_id
    limit :limit
    for update skip locked
  ), leased as (
    update outbox set next_attempt_at = now() + :lease_seconds * interval '1 second'
    where ${isChosenBy('select place from due')}
    returning outbox_id, kind, workflow_type, workflow_id, signal_name, arguments
  )
  select * from leased order by outbox_id`);

/** Leases what is due in a lane: nobody else is given it for `leaseSeconds`. */
export async function claimDeliveries(
  db: Db,
  { lane, limit, leaseSeconds }: { lane: Lane; limit: number; leaseSeconds: number },
): Promise<readonly OutboxRow[]> {
  const rows = await db.transaction(async (trx) => {
    await readByIndexAlone(trx);
    return claimDue(trx, { lane, limit, lease_seconds: leaseSeconds });
  });
  return rows.map((row) => ({
    id: row.outbox_id,
    workflowId: row.workflow_id,
    ...(row.kind === 'start'
      ? { kind: row.kind, type: row.workflow_type, arguments: row.arguments }
      : { kind: row.kind, type: row.workflow_type, signal: row.signal_name ?? '', ...sequenceIn(row.arguments) }),
  }));
}

function sequenceIn(carried: unknown): { sequence?: number } {
  const { sequence } = (carried ?? {}) as { readonly sequence?: unknown };
  return typeof sequence === 'number' ? { sequence } : {};
}

const extend = statement(`
  update outbox set next_attempt_at = now() + :lease_seconds * interval '1 second' where outbox_id = any(:ids::int8[])`);

/** Keeps rows that one still has, for `leaseSeconds` from now on. */
export async function extendLeases(
  db: Db,
  { ids, leaseSeconds }: { readonly ids: readonly bigint[]; readonly leaseSeconds: number },
): Promise<void> {
  if (ids.length > 0) await extend(db, { ids: numberArray(ids), lease_seconds: leaseSeconds });
}

const remove = statement(`delete from outbox where outbox_id = any(:ids::int8[])`);

export async function removeDelivered(db: Db, ids: readonly bigint[]): Promise<void> {
  if (ids.length > 0) await remove(db, { ids: numberArray(ids) });
}

// Given back at once: nothing is known against them.
const release = statement(`update outbox set next_attempt_at = now() where outbox_id = any(:ids::int8[])`);

/** Ends the lease of rows that were not tried, or said nothing about themselves: Temporal is away. */
export async function releaseDeliveries(db: Db, ids: readonly bigint[]): Promise<void> {
  if (ids.length > 0) await release(db, { ids: numberArray(ids) });
}

// 1 s, 2 s, 4 s … at most a minute: nothing is ever given up.
const postpone = statement(`
  update outbox set attempts = attempts + 1, last_error = :message,
    next_attempt_at = now() + least(60, power(2, least(attempts, 6))) * interval '1 second'
  where outbox_id = :id::int8`);

export async function postponeDelivery(db: Db, { id, message }: { id: bigint; message: string }): Promise<void> {
  await postpone(db, { id, message: message.slice(0, 1000) });
}

const nextDue = statement<{ in_ms: number | null }>(`
  select (extract(epoch from min(next_attempt_at) - now()) * 1000)::float8 as in_ms from outbox where lane = :lane`);

/** Milliseconds until a lane's next row is due (negative when overdue), or undefined when it is empty. */
export async function msUntilDue(db: Db, lane: Lane): Promise<number | undefined> {
  const [row] = await nextDue(db, { lane });
  return row?.in_ms ?? undefined;
}
