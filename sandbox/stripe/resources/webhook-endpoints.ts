import type Stripe from 'stripe';
import { endpoint } from '../protocol/endpoint';
import { invalid, missing } from '../protocol/errors';
import { mergedMetadata, pageOf } from '../protocol/lists';
import { fieldsOf, pagination, type Values } from '../protocol/parameters';
import { versions } from '../protocol/versions';
import { newId, type World } from '../world';

const createFields = fieldsOf<Stripe.WebhookEndpointCreateParams>()({
  api_version: { oneOf: versions },
  connect: 'unmodelled',
  description: 'clearable',
  enabled_events: 'texts',
  expand: 'texts',
  metadata: 'metadata',
  url: 'text',
});

const updateFields = fieldsOf<Stripe.WebhookEndpointUpdateParams>()({
  description: 'clearable',
  disabled: 'flag',
  enabled_events: 'texts',
  expand: 'texts',
  metadata: 'metadata',
  url: 'text',
});

const endpointsMax = 16;

export const webhookEndpoints = [
  endpoint({
    method: 'POST',
    path: '/v1/webhook_endpoints',
    fields: createFields,
    required: ['url', 'enabled_events'],
    check,
    run: create,
  }),
  endpoint({
    method: 'GET',
    path: '/v1/webhook_endpoints',
    fields: { ...pagination, expand: 'texts' },
    run: ({ store }, values) => pageOf(store.all('endpoints').map(withoutSecret), values, '/v1/webhook_endpoints'),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/webhook_endpoints/:id',
    fields: { expand: 'texts' },
    run: (world, _values, id) => withoutSecret(endpointOf(world, id)),
  }),
  endpoint({ method: 'POST', path: '/v1/webhook_endpoints/:id', fields: updateFields, check, run: update }),
  endpoint({
    method: 'DELETE',
    path: '/v1/webhook_endpoints/:id',
    fields: {},
    run: (world, _values, id) => {
      world.store.remove('endpoints', endpointOf(world, id).id);
      return { id, object: 'webhook_endpoint', deleted: true } satisfies Stripe.DeletedWebhookEndpoint;
    },
  }),
];

function endpointOf({ store }: World, id: string): Stripe.WebhookEndpoint {
  const found = store.get('endpoints', id);
  if (found === undefined) throw missing('webhook endpoint', id);
  return found;
}

// Shown once, when it is made.
function withoutSecret({ secret: _, ...shown }: Stripe.WebhookEndpoint): Stripe.WebhookEndpoint {
  return shown;
}

function check({ url, enabled_events: wanted }: Pick<Values<typeof createFields>, 'url' | 'enabled_events'>): void {
  if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url))) {
    throw invalid({ code: 'url_invalid', message: `Invalid URL: ${url}`, param: 'url' });
  }
  const wrong = wanted?.find((type) => type !== '*' && !/^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(type));
  if (wrong !== undefined) throw invalid({ message: `Invalid enabled_events: ${wrong}`, param: 'enabled_events' });
  if (wanted !== undefined && wanted.length === 0) {
    throw invalid({ code: 'parameter_invalid_empty', message: 'Invalid array: empty', param: 'enabled_events' });
  }
}

function create({ store, clock }: World, values: Values<typeof createFields>): Stripe.WebhookEndpoint {
  if (store.count('endpoints') >= endpointsMax) {
    throw invalid({ message: `You have reached the maximum of ${endpointsMax} test webhook endpoints.` });
  }
  return store.put('endpoints', {
    id: newId('we_1'),
    object: 'webhook_endpoint',
    api_version: values.api_version ?? null,
    application: null,
    created: clock.now(),
    description: values.description || null,
    enabled_events: [...(values.enabled_events ?? [])],
    livemode: false,
    metadata: values.metadata ?? {},
    secret: newId('whsec_', 32),
    status: 'enabled',
    url: values.url ?? '',
  });
}

function update(world: World, values: Values<typeof updateFields>, id: string): Stripe.WebhookEndpoint {
  const old = endpointOf(world, id);
  const { description, disabled, enabled_events: wanted, url } = values;
  const changed = world.store.put('endpoints', {
    ...old,
    description: (description ?? old.description) || null,
    enabled_events: [...(wanted ?? old.enabled_events)],
    metadata: mergedMetadata(old.metadata, values.metadata),
    status: disabled === undefined ? old.status : disabled ? 'disabled' : 'enabled',
    url: url ?? old.url,
  });
  return withoutSecret(changed);
}
