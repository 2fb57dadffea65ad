// Where Stripe sends events: made once, with our version of its API, so that a new default of the account changes nothing.
import Stripe from 'stripe';
import { MinutebookError } from '../../domain/errors';
import { type Calls, newKey } from './calls';
import { subscribedEventTypes } from './event-types';
import { everyPage } from './lists';
import type { Payments, WebhookEndpoint } from './payments';

export function webhookEndpointOf(calls: Calls): Pick<Payments, 'ensureWebhookEndpoint'> {
  return {
    ensureWebhookEndpoint: async (url) => {
      const endpoints = await everyPage((page) =>
        calls.read('webhook_endpoints.list', () => calls.client.webhookEndpoints.list(page)),
      );
      const present = endpoints.find((endpoint) => endpoint.url === url);
      return present === undefined ? create(calls, url) : keep(calls, present);
    },
  };
}

async function create({ client, repeatable }: Calls, url: string): Promise<WebhookEndpoint> {
  const sent = await repeatable('webhook_endpoints.create', () =>
    client.webhookEndpoints.create(
      { url, enabled_events: [...subscribedEventTypes], api_version: Stripe.API_VERSION },
      newKey(),
    ),
  );
  if (sent.kind === 'answered' && sent.answer.secret !== undefined) {
    return { kind: 'created', id: sent.answer.id, secret: sent.answer.secret };
  }
  const why = sent.kind === 'refused' ? sent.why : 'it told no secret';
  throw new MinutebookError({ code: 'internal', detail: `Stripe makes no webhook endpoint for ${url}: ${why}` });
}

async function keep({ client, repeatable }: Calls, endpoint: Stripe.WebhookEndpoint): Promise<WebhookEndpoint> {
  const { id, api_version: apiVersion } = endpoint;
  if (apiVersion !== Stripe.API_VERSION) return { kind: 'other_version', id, apiVersion };
  const [has, wants] = [new Set(endpoint.enabled_events), subscribedEventTypes];
  if (has.size === wants.length && wants.every((type) => has.has(type))) {
    return { kind: 'present', id, eventsChanged: false };
  }
  const sent = await repeatable('webhook_endpoints.update', () =>
    client.webhookEndpoints.update(id, { enabled_events: [...wants] }, newKey()),
  );
  if (sent.kind === 'answered') return { kind: 'present', id, eventsChanged: true };
  throw new MinutebookError({ code: 'internal', detail: `Stripe refuses the events of ${id}: ${sent.why}` });
}
