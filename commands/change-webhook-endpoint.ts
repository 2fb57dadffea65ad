// Changing an endpoint: its address, what it wants to hear, whether it is told anything; and removing it.

import { type Author, audit } from '../db/accounts/audit';
import type { Db, Trx } from '../db/connection/knex';
import { lockEndpoint } from '../db/locks';
import { deliver } from '../db/outbox';
import {
  type Endpoint,
  enabled,
  findEndpoint,
  findEndpointByUrl,
  removeEndpoint,
  storeChangedEndpoint,
} from '../db/webhooks/endpoints';
import { MinutebookError } from '../domain/errors';
import { formatInstant } from '../domain/period';
import type { WebhookEventType } from '../domain/webhooks/event';
import type { Webhooks } from '../gateways/webhooks/webhooks';

/** What is left out is kept; null clears. */
export type EndpointChange = {
  readonly url?: string;
  readonly description?: string | null;
  readonly events?: readonly WebhookEventType[] | null;
  readonly isEnabled?: boolean;
};

type Of = { readonly id: string; readonly author: Author };

/**
 * Changes an endpoint, and wakes its telling: what waits for one that is enabled goes on, and for one that is disabled ends.
 * Throws `not_found`, `invalid_request` for an address that may not be told anything, and `conflict` where another has it.
 */
export async function changeEndpoint(
  trx: Trx,
  webhooks: Webhooks,
  { id, change, author }: Of & { readonly change: EndpointChange },
): Promise<Endpoint> {
  await lockEndpoint(trx, id);
  const before = await readEndpoint(trx, id);
  const { url = before.url } = change;
  if (url !== before.url) await refuseUrl(trx, webhooks, url);
  const { description = before.description, events = before.events } = change;
  const wanted = switched({ ...before, url, description, events }, change, author);
  const after = await storeChangedEndpoint(trx, wanted);
  await wakeEndpoints(trx, [id]);
  await auditEndpoint(trx, author, { action: 'webhook_endpoint.changed', before, after });
  return after;
}

function switched(endpoint: Endpoint, { isEnabled, url }: EndpointChange, { nowMs }: Author): Endpoint {
  if (isEnabled === false && endpoint.disabled === null) {
    return { ...endpoint, disabled: { because: 'operator', atMs: nowMs } };
  }
  // At another address it may fare otherwise, too.
  const isNew = isEnabled === true || (url !== undefined && endpoint.disabled === null);
  return isNew ? enabled(endpoint) : endpoint;
}

/** Removes an endpoint: it is told nothing any more. Throws `not_found`. */
export async function removeWebhookEndpoint(trx: Trx, { id, author }: Of): Promise<Endpoint> {
  await lockEndpoint(trx, id);
  const before = await readEndpoint(trx, id);
  await removeEndpoint(trx, { id, nowMs: author.nowMs });
  await wakeEndpoints(trx, [id]);
  await auditEndpoint(trx, author, { action: 'webhook_endpoint.removed', before, after: null });
  return before;
}

/** An endpoint by its id. Throws `not_found`. */
export async function readEndpoint(db: Db, id: string): Promise<Endpoint> {
  const endpoint = await findEndpoint(db, id);
  if (endpoint !== undefined) return endpoint;
  const detail = `there is no webhook endpoint ${id}; GET /v1/webhook-endpoints lists all`;
  throw new MinutebookError({ code: 'not_found', detail });
}

/** Throws `invalid_request` for an address that may not be told anything, and `conflict` where an endpoint has it already. */
export async function refuseUrl(db: Db, webhooks: Webhooks, url: string): Promise<void> {
  const fault = webhooks.faultOf(url);
  if (fault !== undefined) {
    const message = `expected ${fault}`;
    const faults = [{ field: 'url', message }];
    throw new MinutebookError({ code: 'invalid_request', detail: `nothing is sent there: ${message}`, faults });
  }
  const other = await findEndpointByUrl(db, url);
  if (other !== undefined) throw urlTaken(other);
}

export function urlTaken({ id }: Endpoint): MinutebookError {
  const detail = `endpoint ${id} has this address already, and would be told everything twice: change that one, or rotate its secret (POST /v1/webhook-endpoints/${id}/rotate-secret) where it was lost`;
  return new MinutebookError({ code: 'conflict', detail, faults: [{ field: 'url', message: 'taken' }] });
}

/** Has these endpoints told what there is for them, once the transaction is committed. */
export async function wakeEndpoints(trx: Trx, endpoints: readonly string[]): Promise<void> {
  await deliver(
    trx,
    endpoints.map((endpoint) => ({ kind: 'start', type: 'deliverWebhooks', arguments: { endpoint } })),
  );
}

/** Notes what became of endpoints: never more than what lists show. */
export async function auditEndpoint(
  trx: Trx,
  author: Author,
  { action, before, after }: { action: string; before: Endpoint | null; after: Endpoint | null },
): Promise<void> {
  await audit(trx, author, { action, workspace: null, before: audited(before), after: audited(after) });
}

function audited(endpoint: Endpoint | null) {
  if (endpoint === null) return null;
  const { id, url, description, events, disabled } = endpoint;
  const because = disabled === null ? {} : { because: disabled.because, disabledAt: formatInstant(disabled.atMs) };
  return { id, url, description, events, state: disabled === null ? 'enabled' : 'disabled', ...because };
}
