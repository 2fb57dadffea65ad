// Webhook endpoints, the events that they are told of, and what became of each telling.

import type { Answer } from '../../contract/operations';
import type {
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointChange,
  WebhookEndpointEntry,
  WebhookEvent,
  WebhookReplay,
  WebhookSecretRotation,
} from '../../contract/webhooks';
import type { Calling } from '../calling';

type EventsOf = { readonly type?: WebhookEvent['type']; readonly workspace?: string };
type DeliveriesOf = {
  readonly endpoint?: string;
  readonly event?: string;
  readonly state?: WebhookDelivery['state'];
};

export function webhookCalls({ get, post, patch, remove, list }: Calling) {
  return {
    /** The secret is in this answer and nowhere else. */
    createWebhookEndpoint: (entry: WebhookEndpointEntry) =>
      post<Answer<'createWebhookEndpoint'>>('/v1/webhook-endpoints', entry),
    listWebhookEndpoints: () => list<WebhookEndpoint>('/v1/webhook-endpoints'),
    getWebhookEndpoint: (endpoint: string) => get<Answer<'getWebhookEndpoint'>>(ofEndpoint(endpoint)),
    /** What is left out is kept. */
    changeWebhookEndpoint: (endpoint: string, change: WebhookEndpointChange) =>
      patch<Answer<'changeWebhookEndpoint'>>(ofEndpoint(endpoint), change),
    removeWebhookEndpoint: (endpoint: string) => remove<Answer<'removeWebhookEndpoint'>>(ofEndpoint(endpoint)),
    /** The old secret signs beside the new one for a day, or as the rotation says. */
    rotateWebhookSecret: (endpoint: string, rotation: WebhookSecretRotation = {}) =>
      post<Answer<'rotateWebhookSecret'>>(`${ofEndpoint(endpoint)}/rotate-secret`, rotation),
    /** Each call sends another. */
    testWebhookEndpoint: (endpoint: string) => post<Answer<'testWebhookEndpoint'>>(`${ofEndpoint(endpoint)}/test`),
    /** One event, or all that failed or were missed since a time. */
    replayWebhooks: (endpoint: string, replay: WebhookReplay) =>
      post<Answer<'replayWebhooks'>>(`${ofEndpoint(endpoint)}/replay`, replay),
    /** What endpoints are told of, the newest first: of the last 30 days. */
    listWebhookEvents: (asked: EventsOf = {}) => list<WebhookEvent>('/v1/webhook-events', { ...asked }),
    listWebhookDeliveries: (asked: DeliveriesOf = {}) => list<WebhookDelivery>('/v1/webhook-deliveries', { ...asked }),
  };
}

function ofEndpoint(endpoint: string): string {
  return `/v1/webhook-endpoints/${encodeURIComponent(endpoint)}`;
}
