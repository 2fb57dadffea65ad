// The outbox: workflow starts and signals, written in the transaction whose change they follow, delivered by the relay.
import { billingWorkflowId } from '../domain/ids';
import type { Month } from '../domain/period';
import type { Db, Trx } from './knex';
import { numberArray, statement } from './statement';

const insertSignal = statement(`
  insert into outbox (kind, workflow_type, workflow_id, signal_name, arguments)
  values ('signal', 'billingPeriod', :workflow_id, :signal_name, '{}')`);

/** SQL: begins a statement that wakes the workflows of those rows of billing_periods, named `period`, that follow. */
export const wakePeriods = `
  insert into outbox (kind, workflow_type, workflow_id, signal_name, arguments)
  select 'signal', 'billingPeriod', 'billing:' || period.workspace_id || ':' || period.month, 'usageComplete', '{}'
  from billing_periods as period`;

/** Wakes a billing period's workflow: it judges afresh from the database, so a signal carries nothing. */
export async function signalBillingPeriod(
  trx: Trx,
  { workspace, month, signal }: { workspace: string; month: Month; signal: string },
): Promise<void> {
  await insertSignal(trx, { workflow_id: billingWorkflowId(workspace, month), signal_name: signal });
}

export type Delivery = {
  readonly id: bigint;
  readonly kind: 'start' | 'signal';
  readonly workflowType: string;
  readonly workflowId: string;
  readonly signalName: string | null;
  readonly arguments: unknown;
};

type DeliveryRow = {
  outbox_id: bigint;
  kind: 'start' | 'signal';
  workflow_type: string;
  workflow_id: string;
  signal_name: string | null;
  arguments: unknown;
};

// A signal waits for an earlier row of its workflow: a start that is still to be delivered.
const claimDue = statement<DeliveryRow>(`
  select outbox_id, kind, workflow_type, workflow_id, signal_name, arguments
  from outbox
  where next_attempt_at <= now() and not exists (
    select from outbox as earlier
    where earlier.workflow_id = outbox.workflow_id and earlier.outbox_id < outbox.outbox_id)
  order by next_attempt_at, outbox_id
  limit :limit
  for update skip locked`);

/** Claims what is due, for as long as the transaction lasts. */
export async function claimDeliveries(trx: Trx, limit: number): Promise<readonly Delivery[]> {
  const rows = await claimDue(trx, { limit });
  return rows.map((row) => ({
    id: row.outbox_id,
    kind: row.kind,
    workflowType: row.workflow_type,
    workflowId: row.workflow_id,
    signalName: row.signal_name,
    arguments: row.arguments,
  }));
}

const remove = statement(`delete from outbox where outbox_id = any(:ids::int8[])`);

export async function removeDelivered(trx: Trx, ids: readonly bigint[]): Promise<void> {
  if (ids.length > 0) await remove(trx, { ids: numberArray(ids) });
}

// 1 s, 2 s, 4 s … at most a minute: Temporal may be away for long, and nothing is ever given up.
const postpone = statement(`
  update outbox set attempts = attempts + 1, last_error = :message,
    next_attempt_at = now() + least(60, power(2, least(attempts, 6))) * interval '1 second'
  where outbox_id = :id::int8`);

export async function postponeDelivery(trx: Trx, { id, message }: { id: bigint; message: string }): Promise<void> {
  await postpone(trx, { id, message: message.slice(0, 1000) });
}

const nextDue = statement<{ in_ms: number | null }>(`
  select (extract(epoch from min(next_attempt_at) - now()) * 1000)::float8 as in_ms from outbox`);

/** Milliseconds until the next row is due (negative when overdue), or undefined when the outbox is empty. */
export async function msUntilDue(db: Db): Promise<number | undefined> {
  const [row] = await nextDue(db);
  return row?.in_ms ?? undefined;
}
