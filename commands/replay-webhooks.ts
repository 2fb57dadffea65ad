// Telling an endpoint again what it had or missed, and telling it a test.

import { type Author, audit } from '../db/accounts/audit';
import type { Trx } from '../db/connection/knex';
import { lockEndpoint } from '../db/locks';
import type { Endpoint } from '../db/webhooks/endpoints';
import { nextTest } from '../db/webhooks/endpoints';
import { type StoredEvent, writeTestEvent } from '../db/webhooks/events';
import { isEvent, replayEvent, replayMissed } from '../db/webhooks/replaying';
import { MinutebookError } from '../domain/errors';
import { formatInstant } from '../domain/period';
import { readEndpoint, wakeEndpoints } from './change-webhook-endpoint';

/** One event, or all that failed or were missed since a time. */
export type Wanted = { readonly event: string } | { readonly sinceMs: number };

// So many a call: what is told again is held for as long as the transaction lasts.
const replayedMax = 10_000;

/**
 * Puts events up to be told again, and answers how many, and whether there may be more that were missed. Throws `not_found` for
 * what is not there, and `conflict` where the endpoint is disabled.
 */
export async function replayWebhooks(
  trx: Trx,
  { endpoint: id, wanted, author }: { readonly endpoint: string; readonly wanted: Wanted; readonly author: Author },
): Promise<{ readonly replayed: number; readonly isAll: boolean }> {
  await lockEndpoint(trx, id);
  assertEnabled(await readEndpoint(trx, id));
  const { nowMs } = author;
  const of = { endpoint: id, nowMs };
  if ('event' in wanted && !(await isEvent(trx, { event: wanted.event, endpoint: id }))) throw noEvent(wanted.event);
  const replayed =
    'event' in wanted
      ? Number(await replayEvent(trx, { ...of, event: wanted.event }))
      : await replayMissed(trx, { ...of, sinceMs: wanted.sinceMs, limit: replayedMax });
  if (replayed > 0) {
    await wakeEndpoints(trx, [id]);
    const which = 'event' in wanted ? { event: wanted.event } : { since: formatInstant(wanted.sinceMs) };
    const after = { id, ...which, replayed };
    await audit(trx, author, { action: 'webhook_endpoint.replayed', workspace: null, before: null, after });
  }
  return { replayed, isAll: replayed < replayedMax };
}

/** Writes a test for an endpoint, each time another. Throws `not_found`, and `conflict` where it is disabled. */
export async function testEndpoint(
  trx: Trx,
  { endpoint: id, author }: { readonly endpoint: string; readonly author: Author },
): Promise<StoredEvent> {
  await lockEndpoint(trx, id);
  assertEnabled(await readEndpoint(trx, id));
  const event = await writeTestEvent(trx, { endpoint: id, nth: await nextTest(trx, id), nowMs: author.nowMs });
  const after = { id, event: event.id };
  await audit(trx, author, { action: 'webhook_endpoint.tested', workspace: null, before: null, after });
  return event;
}

function assertEnabled({ id, disabled }: Endpoint): void {
  if (disabled === null) return;
  const detail = `webhook endpoint ${id} is disabled: enable it first, with PATCH /v1/webhook-endpoints/${id} {"enabled": true}`;
  throw new MinutebookError({ code: 'conflict', detail });
}

function noEvent(event: string): MinutebookError {
  const detail = `there is no event ${event} for this endpoint (any more): events are kept for 30 days, and GET /v1/webhook-events lists them`;
  return new MinutebookError({ code: 'not_found', detail });
}
