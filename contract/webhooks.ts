// Webhook endpoints, the events that they are told of, and what became of each telling.
import { Type } from '@sinclair/typebox';
import { parseOverlap, usualOverlapMs } from '../domain/keys';
import type { WebhookEventType } from '../domain/webhooks/event';
import { cursor, limit, longNumberPart } from './pages';
import { type ComplainAt, clearable, readAs, scalar, Unreadable } from './reading';
import { Count, Id, Instant, line, words } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';
import { AnyEventType, EventType } from './webhook-events';

const ids = (what: string, prefix: string, digits: number, where: string) => {
  const pattern = `^${prefix}_[0-9a-f]{${digits}}$`;
  const example = `${prefix}_${'0123456789abcdef'.repeat(2).slice(0, digits)}`;
  return scalar<string, string>({ type: 'string', pattern, examples: [example] }, (value) =>
    typeof value === 'string' && new RegExp(pattern).test(value)
      ? value
      : new Unreadable(`the id of ${what} such as ${example}, as ${where} lists it`),
  );
};

export const EndpointId = ids('an endpoint', 'whe', 16, 'GET /v1/webhook-endpoints');
export const EventId = ids('an event', 'evt', 32, 'GET /v1/webhook-events');

const urlLengthMax = 2000;

/** Where it leads is judged by the gateway, with the settings. */
const Url = scalar<string, string>(
  {
    type: 'string',
    format: 'uri',
    maxLength: urlLengthMax,
    description: 'https, and no address inside the network of whoever runs Minutebook, unless that is allowed there',
    examples: ['https://platform.example/webhooks/minutebook'],
  },
  (value) =>
    typeof value === 'string' && value.length <= urlLengthMax && !/[\s\p{Cc}]/u.test(value) && URL.canParse(value)
      ? new URL(value).href
      : new Unreadable('an address that begins with https://, of at most 2000 characters'),
);

const Events = Type.Array(EventType, {
  minItems: 1,
  uniqueItems: true,
  description: 'which events it is told of; left out: all, those of later versions included',
});
const Description = said('for people', line(200));

export const WebhookEndpointEntry = entry('WebhookEndpointEntry', {
  url: Url,
  events: leavable(Events),
  description: leavable(Description),
});
export type WebhookEndpointEntry = Wire<typeof WebhookEndpointEntry>;

/** Reads the body of POST /v1/webhook-endpoints. Throws `invalid_request` with every fault. */
export function readEndpointEntry(body: unknown) {
  const { url, events = null, description = null } = readAs(WebhookEndpointEntry, body, { what: 'the endpoint is' });
  return { url, events, description };
}

const Switch = scalar<boolean, boolean>({ type: 'boolean' }, (value) =>
  typeof value === 'boolean' ? value : new Unreadable('true or false'),
);

export const WebhookEndpointChange = entry('WebhookEndpointChange', {
  url: leavable(Url),
  events: clearable(said('null: all', Events)),
  description: clearable(Description),
  enabled: leavable(said('true: it is told again, from now on; what it missed is replayed', Switch)),
});
export type WebhookEndpointChange = Wire<typeof WebhookEndpointChange>;

/** Reads the body of PATCH /v1/webhook-endpoints/{id}: what is left out is kept. Throws `invalid_request`. */
export function readEndpointChange(body: unknown): {
  readonly url?: string;
  readonly events?: readonly WebhookEventType[] | null;
  readonly description?: string | null;
  readonly isEnabled?: boolean;
} {
  const { enabled, ...change } = readAs(WebhookEndpointChange, body, { what: 'the change is' });
  return { ...change, ...(enabled === undefined ? {} : { isEnabled: enabled }) };
}

const Overlap = scalar<string | number, number>(
  {
    type: ['string', 'integer'],
    pattern: '^[0-9]{1,6}[smhd]?$',
    minimum: 0,
    maximum: 604_800,
    examples: ['24h', '0s', '7d'],
    description:
      'how long the old secret signs as well: s, m, h or d, or a number of seconds, at most 7d; left out: 24h',
  },
  (value) => parseOverlap(value) ?? new Unreadable('a time such as 0s, 30m, 24h or 7d, at most 7d'),
);
export const WebhookSecretRotation = entry('WebhookSecretRotation', { validFor: leavable(Overlap) });
export type WebhookSecretRotation = Wire<typeof WebhookSecretRotation>;

/** Reads the body of POST …/rotate-secret, which may be left out, as milliseconds. Throws `invalid_request`. */
export function readSecretRotation(body: unknown): number {
  return readAs(WebhookSecretRotation, body ?? {}, { what: 'the rotation is' }).validFor ?? usualOverlapMs;
}

export const WebhookReplay = entry('WebhookReplay', {
  event: leavable(said('this one, whatever became of it', EventId)),
  since: leavable(said('all that failed or were missed of those that happened since then', Instant)),
});
export type WebhookReplay = Wire<typeof WebhookReplay>;

/** Reads the body of POST …/replay: one of the two. Throws `invalid_request`. */
export function readReplay(body: unknown): { readonly event: string } | { readonly sinceMs: number } {
  const { event, since } = readAs(WebhookReplay, body, { what: 'the replay is', rule: oneOfBoth });
  // One of them is there.
  return event === undefined ? { sinceMs: since ?? 0 } : { event };
}

function oneOfBoth(found: { readonly event?: unknown; readonly since?: unknown }, at: ComplainAt): void {
  const given = [found.event, found.since].filter((each) => each !== undefined && each !== null).length;
  if (given !== 1) at()('event', `expected either an event or since, came ${given === 0 ? 'neither' : 'both'}`);
}

const shown = {
  id: EndpointId,
  url: Type.String(),
  events: optional(Type.Array(Type.String(), { description: 'left out: all' })),
  description: optional(Type.String()),
  state: words(['enabled', 'disabled']),
  disabledBecause: optional(
    words(['operator', 'gone', 'failing'], 'gone: it answered 410; failing: nothing has come through for five days'),
  ),
  disabledAt: optional(Instant),
  failingSince: optional(said('since when nothing has come through', Instant)),
  pausedUntil: optional(said('it is left alone until then, as it seems to be down', Instant)),
  madeBy: Type.String({ description: 'a key, as role:name' }),
  madeAt: Instant,
};
export const WebhookEndpoint = answer('WebhookEndpoint', shown);
export type WebhookEndpoint = Wire<typeof WebhookEndpoint>;

const Secret = Type.String({ description: 'what it is signed with, shown this once', examples: ['whsec_'] });
export const NewWebhookEndpoint = answer('NewWebhookEndpoint', { ...shown, secret: Secret });
export type NewWebhookEndpoint = Wire<typeof NewWebhookEndpoint>;
export const RotatedWebhookSecret = answer('RotatedWebhookSecret', {
  ...shown,
  secret: Secret,
  previousUntil: said('until then everything is signed with the secret before it as well', Instant),
});
export type RotatedWebhookSecret = Wire<typeof RotatedWebhookSecret>;

export const WebhookReplayed = answer('WebhookReplayed', {
  replayed: said('how many events are told again', Count),
  isAll: said('false: ask again, there may be more', Type.Boolean()),
});

export const WebhookEvent = answer('WebhookEvent', {
  id: said('its webhook-id', EventId),
  type: AnyEventType,
  workspace: optional(Id),
  at: Instant,
  payload: Type.Unknown({ description: 'what is sent: see the webhook of its type' }),
});
export type WebhookEvent = Wire<typeof WebhookEvent>;

const DeliveryState = words(
  ['pending', 'delivered', 'failed'],
  'pending: to be told, or to be told again; failed: given up after three days, or as the endpoint was disabled',
);
export const WebhookDelivery = answer('WebhookDelivery', {
  endpoint: EndpointId,
  event: EventId,
  type: Type.String(),
  state: DeliveryState,
  attempts: said('since it was made, or replayed', Count),
  replays: Count,
  madeAt: Instant,
  nextAttemptAt: optional(said('of a pending one', Instant)),
  lastAttemptAt: optional(Instant),
  status: optional(said('of the last answer', Type.Integer())),
  error: optional(said('of the last attempt, with the beginning of what was answered', Type.String())),
  deliveredAt: optional(Instant),
});
export type WebhookDelivery = Wire<typeof WebhookDelivery>;

export const webhooksAPage = 100;
const paged = {
  cursor: optional(cursor(longNumberPart)),
  limit: optional(limit({ usual: webhooksAPage, max: 500 })),
};
export const WebhookEndpointsQuery = parameters(paged);
export const WebhookEventsQuery = parameters({ type: optional(AnyEventType), workspace: optional(Id), ...paged });
export const WebhookDeliveriesQuery = parameters({
  endpoint: optional(EndpointId),
  event: optional(EventId),
  state: optional(DeliveryState),
  ...paged,
});
