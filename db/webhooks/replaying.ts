// Telling again: one event, or whatever an endpoint has missed since a time. Whoever calls these holds the endpoint's row.
import { formatInstant } from '../../domain/period';
import { tellingMsMax } from '../../domain/webhooks/retrying';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';

// A delivery begins anew; one that was never made, as the endpoint was disabled or did not want the event then, is made. A test of
// another endpoint is none of its events.
const replay = (which: string) =>
  statement<{ count: number }>(`
    with missed as (
      select events.id from webhook_endpoints as endpoint
        cross join webhook_events as events
        left join webhook_deliveries as deliveries
          on deliveries.event_id = events.id and deliveries.endpoint_id = endpoint.id
      where endpoint.id = :endpoint and events.spread_at is not null
        and (events.endpoint_id is null or events.endpoint_id = endpoint.id) and ${which}
      order by events.position limit :limit
    ), told as (
      insert into webhook_deliveries (endpoint_id, event_id, made_at, next_attempt_at, give_up_at)
      select :endpoint, id, :at::timestamptz, :at::timestamptz, :give_up_at::timestamptz from missed
      on conflict (event_id, endpoint_id) do update set state = 'pending', attempts = 0,
        replays = webhook_deliveries.replays + 1, next_attempt_at = excluded.next_attempt_at,
        give_up_at = excluded.give_up_at, delivered_at = null
      returning 1
    )
    select count(*)::int as count from told`);

const replayOne = replay(`events.id = :event and (deliveries.state is null or deliveries.state <> 'pending')`);
const replaySince =
  replay(`events.at >= :since::timestamptz and (deliveries.state = 'failed' or deliveries.state is null
  and (endpoint.events is null or events.type = any(endpoint.events)))`);

type Replaying = { readonly endpoint: string; readonly nowMs: number };

/** Tells an event again, whatever became of it; answers false where it is about to be told anyhow. */
export async function replayEvent(
  trx: Trx,
  { event, ...of }: Replaying & { readonly event: string },
): Promise<boolean> {
  const [row] = await replayOne(trx, { ...bound(of), event, limit: 1 });
  return row?.count === 1;
}

/** Tells again what failed or was missed since then, at most so many, the oldest first; answers how many. */
export async function replayMissed(
  trx: Trx,
  { sinceMs, limit, ...of }: Replaying & { readonly sinceMs: number; readonly limit: number },
): Promise<number> {
  const [row] = await replaySince(trx, { ...bound(of), since: formatInstant(sinceMs), limit });
  return row?.count ?? 0;
}

function bound({ endpoint, nowMs }: Replaying) {
  return { endpoint, at: formatInstant(nowMs), give_up_at: formatInstant(nowMs + tellingMsMax) };
}

const selectEvent = statement(`
  select from webhook_events where id = :event and (endpoint_id is null or endpoint_id = :endpoint)`);

/** Whether there is such an event, and it is none of another endpoint's tests. */
export async function isEvent(trx: Trx, of: { readonly event: string; readonly endpoint: string }): Promise<boolean> {
  return (await selectEvent(trx, of)).length > 0;
}
