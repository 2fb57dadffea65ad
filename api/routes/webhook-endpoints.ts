// Webhook endpoints, for admins: made, changed, removed; secrets are answered once, and logged nowhere.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { changeEndpoint, readEndpoint, removeWebhookEndpoint } from '../../commands/change-webhook-endpoint';
import { createEndpoint, rotateSecret } from '../../commands/create-webhook-endpoint';
import type { Answer } from '../../contract/operations';
import { readField } from '../../contract/reading';
import {
  EndpointId,
  readEndpointChange,
  readEndpointEntry,
  readSecretRotation,
  type WebhookEndpoint,
  WebhookEndpointsQuery,
  webhooksAPage,
} from '../../contract/webhooks';
import { type Endpoint, listEndpoints } from '../../db/webhooks/endpoints';
import { MinutebookError } from '../../domain/errors';
import { formatInstant } from '../../domain/period';
import { secretOf } from '../../gateways/models/signature';
import type { Webhooks } from '../../gateways/webhooks/webhooks';
import { type Access, adminsOnly, authorOf } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';

const tag = 'Webhooks';

const createSchema = describe({
  id: 'createWebhookEndpoint',
  tag,
  summary: 'Have events sent to an address',
  description: `Of what happens from now on. The secret is shown in this answer and nowhere else: everything is signed with it, as
Standard Webhooks have it. An address that an endpoint has already is refused (conflict): rotate its secret where that was lost.`,
});
const listSchema = describe({ id: 'listWebhookEndpoints', tag, summary: 'List endpoints, the newest first' });
const readSchema = describe({ id: 'getWebhookEndpoint', tag, summary: 'Read an endpoint, and how it fares' });
const changeSchema = describe({
  id: 'changeWebhookEndpoint',
  tag,
  summary: 'Change an endpoint',
  description: `What is left out is kept. \`{"enabled": true}\` enables one that was disabled: it is told of what happens from now
on, and of what it missed by a replay. \`{"enabled": false}\` disables it, and what waited for it is given up.`,
});
const removeSchema = describe({
  id: 'removeWebhookEndpoint',
  tag,
  summary: 'Remove an endpoint: nothing more is sent there',
});
const rotateSchema = describe({
  id: 'rotateWebhookSecret',
  tag,
  summary: 'Put another secret in the place of one',
  description: `Everything is signed with both for a while: \`validFor\`, 24h where left out, at most 7d; "0s" ends the old one at
once.`,
});

// Addresses may hold what is not for readers.
const access: Access = { roles: adminsOnly, of: 'nobody', noReaders: true };

export function webhookEndpointRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/webhook-endpoints',
    { config: { access }, schema: createSchema },
    async (request, reply): Promise<Answer<'createWebhookEndpoint'>> => {
      const facts = readEndpointEntry(request.body);
      const author = await authorOf(request, api);
      const made = await api.db.transaction((trx) => createEndpoint(trx, webhooksOf(api), { facts, author }));
      reply.code(201).header('cache-control', 'no-store');
      return { ...endpointShape(made.endpoint), secret: secretOf(made.key) };
    },
  );

  app.get(
    '/v1/webhook-endpoints',
    { config: { access }, schema: listSchema },
    async (request): Promise<Answer<'listWebhookEndpoints'>> => {
      const { cursor, limit = webhooksAPage } = readQuery(request, WebhookEndpointsQuery);
      const stored = await listEndpoints(api.db, { before: cursor?.[0] ?? null, limit: limit + 1 });
      return pageOf(stored, limit, { show: endpointShape, cursor: ({ position }) => [String(position)] });
    },
  );

  app.get(
    '/v1/webhook-endpoints/:endpoint',
    { config: { access }, schema: readSchema },
    async (request): Promise<Answer<'getWebhookEndpoint'>> =>
      endpointShape(await readEndpoint(api.db, endpointOf(request))),
  );

  app.patch(
    '/v1/webhook-endpoints/:endpoint',
    { config: { access }, schema: changeSchema },
    async (request): Promise<Answer<'changeWebhookEndpoint'>> => {
      const id = endpointOf(request);
      const change = readEndpointChange(request.body);
      const author = await authorOf(request, api);
      const asked = { id, change, author };
      return endpointShape(await api.db.transaction((trx) => changeEndpoint(trx, webhooksOf(api), asked)));
    },
  );

  app.delete(
    '/v1/webhook-endpoints/:endpoint',
    { config: { access }, schema: removeSchema },
    async (request): Promise<Answer<'removeWebhookEndpoint'>> => {
      const id = endpointOf(request);
      const author = await authorOf(request, api);
      return endpointShape(await api.db.transaction((trx) => removeWebhookEndpoint(trx, { id, author })));
    },
  );

  app.post(
    '/v1/webhook-endpoints/:endpoint/rotate-secret',
    { config: { access }, schema: rotateSchema },
    async (request, reply): Promise<Answer<'rotateWebhookSecret'>> => {
      const asked = { id: endpointOf(request), overlapMs: readSecretRotation(request.body) };
      const author = await authorOf(request, api);
      const rotated = await api.db.transaction((trx) => rotateSecret(trx, { ...asked, author }));
      reply.code(201).header('cache-control', 'no-store');
      const previousUntil = formatInstant(rotated.previousUntilMs);
      return { ...endpointShape(rotated.endpoint), secret: secretOf(rotated.key), previousUntil };
    },
  );
}

/** The endpoint that the path names. Throws `invalid_request` where that is no id. */
export function endpointOf(request: FastifyRequest): string {
  const { endpoint } = request.params as { readonly endpoint?: unknown };
  return readField(EndpointId, endpoint, { field: 'endpoint', what: 'the address is' });
}

function webhooksOf({ webhooks }: Api): Webhooks {
  if (webhooks !== undefined) return webhooks;
  throw new MinutebookError({ code: 'internal', detail: 'this API was built without what tells endpoints' });
}

function endpointShape(endpoint: Endpoint): WebhookEndpoint {
  const { id, url, events, description, disabled, health, madeBy, madeAtMs } = endpoint;
  const { failingSinceMs, pausedUntilMs } = health;
  return {
    ...{ id, url },
    ...(events === null ? {} : { events }),
    ...(description === null ? {} : { description }),
    state: disabled === null ? 'enabled' : 'disabled',
    ...(disabled === null ? {} : { disabledBecause: disabled.because, disabledAt: formatInstant(disabled.atMs) }),
    ...(failingSinceMs === null ? {} : { failingSince: formatInstant(failingSinceMs) }),
    ...(pausedUntilMs === null ? {} : { pausedUntil: formatInstant(pausedUntilMs) }),
    madeBy,
    madeAt: formatInstant(madeAtMs),
  };
}
