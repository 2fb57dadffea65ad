// Deliveries: an event for an endpoint, told or to be told. What is due is read, told without a transaction, and noted.
import { formatInstant } from '../../domain/period';
import type { WebhookEvent } from '../../domain/webhooks/event';
import { isChosenBy } from '../connection/chosen';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

export type DueDelivery = WebhookEvent & {
  readonly position: bigint;
  readonly attempts: number;
  readonly giveUpAtMs: number;
};

type DueRow = {
  position: bigint;
  attempts: number;
  give_up_at: number;
  id: string;
  type: WebhookEvent['type'];
  workspace_id: string | null;
  at: number;
  facts: unknown;
};

const selectDue = statement<DueRow>(`
  select due.position, attempts, give_up_at, id, type, workspace_id, at, facts
  from (
    select position, event_id, attempts, give_up_at, next_attempt_at from webhook_deliveries
    where endpoint_id = :endpoint and state = 'pending' and next_attempt_at <= :at::timestamptz
    order by next_attempt_at limit :limit
  ) as due join webhook_events on webhook_events.id = due.event_id
  order by next_attempt_at`);

/** Those that have been due for the longest. */
export async function readDue(
  db: Db,
  { endpoint, nowMs, limit }: { endpoint: string; nowMs: number; limit: number },
): Promise<readonly DueDelivery[]> {
  const rows = await selectDue(db, { endpoint, at: formatInstant(nowMs), limit });
  return rows.map(({ give_up_at: giveUpAtMs, workspace_id: workspace, at: atMs, ...row }) => ({
    ...row,
    giveUpAtMs,
    workspace,
    atMs,
  }));
}

const selectNext = statement<{ next: number | null }>(`
  select min(next_attempt_at) as next from webhook_deliveries where endpoint_id = :endpoint and state = 'pending'`);

/** When something is due next; null where nothing is to be told. */
export async function readNextDue(db: Db, endpoint: string): Promise<number | null> {
  return (await selectNext(db, { endpoint }))[0]?.next ?? null;
}

export type DeliveryNote = {
  readonly position: bigint;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly nextAttemptMs: number;
  readonly status: number | null;
  readonly error: string | null;
};

const noteAll = statement(`
  update webhook_deliveries as deliveries set state = noted.state, attempts = attempts + 1,
    next_attempt_at = noted.next_attempt_at, last_attempt_at = :at::timestamptz, last_status = noted.status,
    last_error = noted.error, delivered_at = case when noted.state = 'delivered' then :at::timestamptz end
  from jsonb_to_recordset(:noted::jsonb)
    as noted (position int8, state text, next_attempt_at timestamptz, status int, error text)
  where deliveries.position = noted.position and deliveries.state = 'pending'`);

/** Notes what became of some that were told together. */
export async function noteTellings(trx: Trx, notes: readonly DeliveryNote[], nowMs: number): Promise<void> {
  const noted = notes.map(({ position, state, nextAttemptMs, status, error }) => ({
    ...{ position: String(position), state, status },
    next_attempt_at: formatInstant(nextAttemptMs),
    error: error?.slice(0, 1000).replace(/\p{Cs}$/u, '') ?? null,
  }));
  await noteAll(trx, { noted: JSON.stringify(noted), at: formatInstant(nowMs) });
}

const failSome = (which: string) =>
  statement<{ position: bigint }>(`
    update webhook_deliveries set state = 'failed', last_error = coalesce(last_error, :error)
    where ${isChosenBy(`
      select ctid from webhook_deliveries where endpoint_id = :endpoint and state = 'pending' ${which} limit 5000
      for update skip locked`)}
    returning position`);
const failLate = failSome('and give_up_at <= :at::timestamptz');
const failEvery = failSome('');

/** Gives up those whose time is over, a few thousand at a time; answers how many. */
export async function failOverdue(db: Db, { endpoint, nowMs }: { endpoint: string; nowMs: number }): Promise<number> {
  const error = 'the endpoint was not reached within three days';
  return (await failLate(db, { endpoint, at: formatInstant(nowMs), error })).length;
}

/** Gives up all of an endpoint that is told nothing any more, a few thousand at a time; answers how many. */
export async function failPending(db: Db, { endpoint }: { endpoint: string }): Promise<number> {
  return (await failEvery(db, { endpoint, error: 'the endpoint was disabled or removed' })).length;
}

const selectLastError = statement<{ last_error: string }>(`
  select last_error from webhook_deliveries
  where endpoint_id = :endpoint and last_attempt_at is not null and last_error is not null
  order by last_attempt_at desc limit 1`);

/** What came of the last attempt that failed; null where none did. */
export async function readLastError(db: Db, endpoint: string): Promise<string | null> {
  return (await selectLastError(db, { endpoint }))[0]?.last_error ?? null;
}
