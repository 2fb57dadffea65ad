// What became of each event at each endpoint, the newest first.
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type DeliveryState = 'pending' | 'delivered' | 'failed';

export type StoredDelivery = {
  readonly position: bigint;
  readonly endpoint: string;
  readonly event: string;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly replays: number;
  readonly madeAtMs: number;
  readonly nextAttemptMs: number;
  readonly lastAttemptMs: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly deliveredAtMs: number | null;
};

type Row = {
  position: bigint;
  endpoint: string;
  event: string;
  type: string;
  state: DeliveryState;
  attempts: number;
  replays: number;
  made_at: number;
  next_attempt_at: number;
  last_attempt_at: number | null;
  last_status: number | null;
  last_error: string | null;
  delivered_at: number | null;
};

export type DeliveriesAsked = {
  readonly endpoint?: string | undefined;
  readonly event?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly before: string | null;
  readonly limit: number;
};

// The states as words of their own, so that the indexes of pending and failed ones are known to fit.
const narrowing = {
  endpoint: 'deliveries.endpoint_id = :endpoint',
  event: 'deliveries.event_id = :event',
  pending: `state = 'pending'`,
  delivered: `state = 'delivered'`,
  failed: `state = 'failed'`,
};
type Narrowing = keyof typeof narrowing;

// A statement for each way to narrow, so that each has a plan of its own.
const statements = new Map<string, ReturnType<typeof statement<Row>>>();

function statementFor(named: readonly Narrowing[]): ReturnType<typeof statement<Row>> {
  const name = named.join();
  const known = statements.get(name);
  if (known !== undefined) return known;
  const made = statement<Row>(`
    select deliveries.position, deliveries.endpoint_id as endpoint, event_id as event, type, state, attempts, replays, made_at,
      next_attempt_at, last_attempt_at, last_status, last_error, delivered_at
    from webhook_deliveries as deliveries join webhook_events on webhook_events.id = event_id
    where (:before::int8 is null or deliveries.position < :before::int8)
      ${named.map((each) => `and ${narrowing[each]}`).join(' ')}
    order by deliveries.position desc limit :limit`);
  statements.set(name, made);
  return made;
}

export async function listDeliveries(db: Db, asked: DeliveriesAsked): Promise<readonly StoredDelivery[]> {
  const { endpoint, event, state, before, limit } = asked;
  const named: readonly Narrowing[] = [
    ...(endpoint === undefined ? [] : (['endpoint'] as const)),
    ...(event === undefined ? [] : (['event'] as const)),
    ...(state === undefined ? [] : [state]),
  ];
  const rows = await statementFor(named)(db, {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(event === undefined ? {} : { event }),
    before,
    limit,
  });
  return rows.map(deliveryOf);
}

function deliveryOf(row: Row): StoredDelivery {
  const { position, endpoint, event, type, state, attempts, replays } = row;
  return {
    ...{ position, endpoint, event, type, state, attempts, replays },
    madeAtMs: row.made_at,
    nextAttemptMs: row.next_attempt_at,
    lastAttemptMs: row.last_attempt_at,
    lastStatus: row.last_status,
    lastError: row.last_error,
    deliveredAtMs: row.delivered_at,
  };
}
