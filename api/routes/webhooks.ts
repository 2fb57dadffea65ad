// Events that endpoints are told of, and what became of each telling: read, told again, tested.
import type { FastifyInstance } from 'fastify';
import { replayWebhooks, testEndpoint } from '../../commands/replay-webhooks';
import type { Answer } from '../../contract/operations';
import {
  readReplay,
  WebhookDeliveriesQuery,
  type WebhookDelivery,
  type WebhookEvent,
  WebhookEventsQuery,
  webhooksAPage,
} from '../../contract/webhooks';
import { listDeliveries, type StoredDelivery } from '../../db/webhooks/deliveries-reading';
import { listEvents, type StoredEvent } from '../../db/webhooks/events';
import { formatInstant } from '../../domain/period';
import { payloadOf } from '../../domain/webhooks/event';
import { type Access, adminsOnly, authorOf, operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';
import { endpointOf } from './webhook-endpoints';

const tag = 'Webhooks';

const testSchema = describe({
  id: 'testWebhookEndpoint',
  tag,
  summary: 'Send a test event to an endpoint',
  description: 'Of the type `webhook.test`, to this endpoint alone, whatever it asks for. Each call sends another.',
});
const replaySchema = describe({
  id: 'replayWebhooks',
  tag,
  summary: 'Send events to an endpoint again',
  description: `One event by its id, whatever became of it; or all that failed since a time, with those that were missed while the
endpoint was disabled, at most 10000 a call. They keep their ids. Events are kept for 30 days, and those from before there was
any endpoint for them were never kept.`,
});
const eventsSchema = describe({
  id: 'listWebhookEvents',
  tag,
  summary: 'List events, the newest first',
  description: 'Those of the last 30 days that an endpoint wanted.',
});
const deliveriesSchema = describe({
  id: 'listWebhookDeliveries',
  tag,
  summary: 'List what became of events at endpoints, the newest first',
});

const changing: Access = { roles: adminsOnly, of: 'nobody' };
const reading: Access = { roles: operators, of: 'nobody' };

export function webhookRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/webhook-endpoints/:endpoint/test',
    { config: { access: changing }, schema: testSchema },
    async (request, reply): Promise<Answer<'testWebhookEndpoint'>> => {
      const endpoint = endpointOf(request);
      const author = await authorOf(request, api);
      const event = await api.db.transaction((trx) => testEndpoint(trx, { endpoint, author }));
      reply.code(202);
      return eventShape(event);
    },
  );

  app.post(
    '/v1/webhook-endpoints/:endpoint/replay',
    { config: { access: changing }, schema: replaySchema },
    async (request, reply): Promise<Answer<'replayWebhooks'>> => {
      const asked = { endpoint: endpointOf(request), wanted: readReplay(request.body) };
      const author = await authorOf(request, api);
      const replayed = await api.db.transaction((trx) => replayWebhooks(trx, { ...asked, author }));
      reply.code(202);
      return replayed;
    },
  );

  app.get(
    '/v1/webhook-events',
    { config: { access: reading }, schema: eventsSchema },
    async (request): Promise<Answer<'listWebhookEvents'>> => {
      const { type, workspace, cursor, limit = webhooksAPage } = readQuery(request, WebhookEventsQuery);
      const asked = { type, workspace, before: cursor?.[0] ?? null, limit: limit + 1 };
      const events = await listEvents(api.db, asked);
      return pageOf(events, limit, { show: eventShape, cursor: ({ position }) => [String(position)] });
    },
  );

  app.get(
    '/v1/webhook-deliveries',
    { config: { access: reading }, schema: deliveriesSchema },
    async (request): Promise<Answer<'listWebhookDeliveries'>> => {
      const { cursor, limit = webhooksAPage, ...of } = readQuery(request, WebhookDeliveriesQuery);
      const asked = { ...of, before: cursor?.[0] ?? null, limit: limit + 1 };
      const deliveries = await listDeliveries(api.db, asked);
      return pageOf(deliveries, limit, { show: deliveryShape, cursor: ({ position }) => [String(position)] });
    },
  );
}

function eventShape(event: StoredEvent): WebhookEvent {
  const { id, type, workspace, atMs } = event;
  const about = workspace === null ? {} : { workspace };
  return { id, type, ...about, at: formatInstant(atMs), payload: payloadOf(event) };
}

function deliveryShape(delivery: StoredDelivery): WebhookDelivery {
  const { endpoint, event, type, state, attempts, replays } = delivery;
  const { lastAttemptMs, lastStatus, lastError, deliveredAtMs } = delivery;
  return {
    ...{ endpoint, event, type, state, attempts, replays },
    madeAt: formatInstant(delivery.madeAtMs),
    ...(state === 'pending' ? { nextAttemptAt: formatInstant(delivery.nextAttemptMs) } : {}),
    ...(lastAttemptMs === null ? {} : { lastAttemptAt: formatInstant(lastAttemptMs) }),
    ...(lastStatus === null ? {} : { status: lastStatus }),
    ...(lastError === null ? {} : { error: lastError }),
    ...(deliveredAtMs === null ? {} : { deliveredAt: formatInstant(deliveredAtMs) }),
  };
}
