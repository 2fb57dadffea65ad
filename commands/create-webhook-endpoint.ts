// New endpoints, and what they are signed to with: a secret is shown once, to whoever makes it.

import { randomBytes } from 'node:crypto';
import { type Author, audit } from '../db/accounts/audit';
import type { Trx } from '../db/connection/knex';
import { lockEndpoint } from '../db/locks';
import { type Endpoint, endpointCount, findEndpointByUrl, storeEndpoint } from '../db/webhooks/endpoints';
import { replaceSecret, storeSecret } from '../db/webhooks/secrets';
import { MinutebookError } from '../domain/errors';
import { formatInstant } from '../domain/period';
import type { WebhookEventType } from '../domain/webhooks/event';
import type { Webhooks } from '../gateways/webhooks/webhooks';
import { auditEndpoint, readEndpoint, refuseUrl, urlTaken } from './change-webhook-endpoint';

export type EndpointFacts = {
  readonly url: string;
  readonly description: string | null;
  readonly events: readonly WebhookEventType[] | null;
};

export type MadeEndpoint = { readonly endpoint: Endpoint; readonly key: Buffer };

const endpointsMax = 1000;
const keyBytes = 32;

/**
 * Makes an endpoint, which is told of what happens from now on. Throws `invalid_request` for an address that may not be told
 * anything, and `conflict` where there is one of this address, or a thousand of them.
 */
export async function createEndpoint(
  trx: Trx,
  webhooks: Webhooks,
  { facts, author }: { readonly facts: EndpointFacts; readonly author: Author },
): Promise<MadeEndpoint> {
  const { actor: madeBy, nowMs } = author;
  await refuseUrl(trx, webhooks, facts.url);
  if ((await endpointCount(trx)) >= endpointsMax) throw tooMany();
  const endpoint = await storeEndpoint(trx, { ...facts, madeBy, madeAtMs: nowMs });
  if (endpoint === undefined) {
    const other = await findEndpointByUrl(trx, facts.url);
    throw other === undefined ? new Error(`webhooks: no endpoint was made for ${facts.url}`) : urlTaken(other);
  }
  const key = randomBytes(keyBytes);
  await storeSecret(trx, { endpoint: endpoint.id, key, nowMs });
  await auditEndpoint(trx, author, { action: 'webhook_endpoint.created', before: null, after: endpoint });
  return { endpoint, key };
}

/**
 * Puts another secret in the place of an endpoint's, which goes on for `overlapMs`: until then everything is signed with both.
 * Throws `not_found`.
 */
export async function rotateSecret(
  trx: Trx,
  { id, overlapMs, author }: { readonly id: string; readonly overlapMs: number; readonly author: Author },
): Promise<MadeEndpoint & { readonly previousUntilMs: number }> {
  await lockEndpoint(trx, id);
  const endpoint = await readEndpoint(trx, id);
  const key = randomBytes(keyBytes);
  const { nowMs } = author;
  const previousUntilMs = nowMs + overlapMs;
  await replaceSecret(trx, { endpoint: id, key, nowMs, untilMs: previousUntilMs });
  await audit(trx, author, {
    action: 'webhook_endpoint.secret_rotated',
    workspace: null,
    before: null,
    after: { id, previousUntil: formatInstant(previousUntilMs) },
  });
  return { endpoint, key, previousUntilMs };
}

function tooMany(): MinutebookError {
  const detail = `there are ${endpointsMax} webhook endpoints, which is as many as there may be: remove some that nobody needs`;
  return new MinutebookError({ code: 'conflict', detail });
}
