// Events: given to those who want them, and read. What writes them are triggers (012-webhooks).
import { formatInstant } from '../../domain/period';
import { testEventKey, testEventType, type WebhookEvent } from '../../domain/webhooks/event';
import { tellingMsMax } from '../../domain/webhooks/retrying';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

const anyUnspread = statement(`select from webhook_events where spread_at is null limit 1`);

export async function isAnyUnspread(db: Db): Promise<boolean> {
  return (await anyUnspread(db)).length > 0;
}

const shareEnabled = statement<{ id: string; paused_until: number | null }>(`
  select id, paused_until from webhook_endpoints
  where removed_at is null and disabled_at is null order by id for share`);

// Claimed rows are skipped by others: several processes give out different events. Whoever asks for one alone gets it.
const spread = statement<{ events: number; endpoints: string[] }>(`
  with claimed as (
    select position, id, type, endpoint_id from webhook_events
    where spread_at is null order by position limit :limit for update skip locked
  ), marked as (
    update webhook_events set spread_at = :at::timestamptz where position in (select position from claimed)
  ), made as (
    insert into webhook_deliveries (endpoint_id, event_id, made_at, next_attempt_at, give_up_at)
    select endpoints.id, claimed.id, :at::timestamptz, :at::timestamptz, :give_up_at::timestamptz
    from claimed join webhook_endpoints as endpoints on endpoints.id = any(:endpoints::text[]) and case
      when claimed.endpoint_id is null then endpoints.events is null or claimed.type = any(endpoints.events)
      else endpoints.id = claimed.endpoint_id end
    order by claimed.position, endpoints.id
    on conflict (event_id, endpoint_id) do nothing
    returning endpoint_id
  )
  select (select count(*) from claimed)::int as events, array(select distinct endpoint_id from made) as endpoints`);

// So many rows a transaction, be it few events for a thousand endpoints or a thousand events for a few.
const rowsMax = 10_000;

/**
 * Makes a delivery for each endpoint that wants an event. Answers how many events were given out, and which endpoints are to be
 * woken: one that is paused wakes by itself. Endpoints are held meanwhile, so that none ends its pause without seeing these.
 */
export async function spreadEvents(
  trx: Trx,
  nowMs: number,
): Promise<{ readonly events: number; readonly wake: readonly string[] }> {
  const enabled = await shareEnabled(trx);
  const [row] = await spread(trx, {
    limit: Math.max(1, Math.floor(rowsMax / Math.max(1, enabled.length))),
    endpoints: textArray(enabled.map(({ id }) => id)),
    at: formatInstant(nowMs),
    give_up_at: formatInstant(nowMs + tellingMsMax),
  });
  const paused = new Set(enabled.flatMap((each) => ((each.paused_until ?? 0) > nowMs ? [each.id] : [])));
  return { events: row?.events ?? 0, wake: (row?.endpoints ?? []).filter((id) => !paused.has(id)) };
}

const insertTest = statement<EventRow>(`
  insert into webhook_events (id, key, type, at, facts, endpoint_id)
  values (webhook_event_id(:key), :key, :type, :at::timestamptz, :facts::jsonb, :endpoint)
  returning id, position, type, workspace_id, at, facts`);

/** Writes a test for one endpoint. */
export async function writeTestEvent(
  trx: Trx,
  { endpoint, nth, nowMs }: { endpoint: string; nth: number; nowMs: number },
): Promise<StoredEvent> {
  const [row] = await insertTest(trx, {
    key: testEventKey({ endpoint, nth }),
    type: testEventType,
    at: formatInstant(nowMs),
    facts: JSON.stringify({ endpoint }),
    endpoint,
  });
  if (row === undefined) throw new Error(`webhooks: test ${nth} of ${endpoint} was not written`);
  return eventOf(row);
}

export type StoredEvent = WebhookEvent & { readonly position: bigint };

type EventRow = {
  id: string;
  position: bigint;
  type: WebhookEvent['type'];
  workspace_id: string | null;
  at: number;
  facts: unknown;
};

export type EventsAsked = {
  readonly type?: string | undefined;
  readonly workspace?: string | undefined;
  readonly before: string | null;
  readonly limit: number;
};

const selectEvents = (narrowing: string) =>
  statement<EventRow>(`
    select id, position, type, workspace_id, at, facts from webhook_events
    where (:before::int8 is null or position < :before::int8) ${narrowing}
    order by position desc limit :limit`);

// A statement for each way to narrow, so that each has the plan of its own index.
const byAll = selectEvents('');
const byType = selectEvents('and type = :type');
const byWorkspace = selectEvents('and workspace_id = :workspace');
const byBoth = selectEvents('and workspace_id = :workspace and type = :type');

/** The newest first. */
export async function listEvents(db: Db, asked: EventsAsked): Promise<readonly StoredEvent[]> {
  const { type, workspace, before, limit } = asked;
  const [withType, without] = workspace === undefined ? [byType, byAll] : [byBoth, byWorkspace];
  const select = type === undefined ? without : withType;
  const rows = await select(db, { type: type ?? null, workspace: workspace ?? null, before, limit });
  return rows.map(eventOf);
}

function eventOf({ workspace_id: workspace, at: atMs, ...row }: EventRow): StoredEvent {
  return { ...row, workspace, atMs };
}
