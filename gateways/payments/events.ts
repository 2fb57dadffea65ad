// Events, as they are sent to us and as they are listed: reduced to what is needed to read again what they are about.
import Stripe from 'stripe';
import { createdIn } from './balance';
import type { Calls } from './calls';
import { subscribedEventTypes } from './event-types';
import { pageAfter, pageOf } from './lists';
import type { PaymentEvent, Payments, VerifiedEvent } from './payments';

// A replayed event older than this is not taken.
const toleranceSeconds = 300;

export function eventsOf({ client, read }: Calls): Pick<Payments, 'events' | 'verifyEvent'> {
  return {
    events: async (range) => {
      const types = [...subscribedEventTypes];
      const listed = await read('events.list', () =>
        client.events.list({ types, created: createdIn(range), ...pageAfter(range.after) }),
      );
      return pageOf(listed, eventOf);
    },
    verifyEvent,
  };
}

const verifyEvent: Payments['verifyEvent'] = ({ rawBody, signature = '', secrets, nowMs }) => {
  const body = typeof rawBody === 'string' ? rawBody : Buffer.from(rawBody).toString('utf8');
  const isSigned = secrets.some((secret) => isSignedBy({ body, signature, secret, nowMs }));
  return isSigned ? parsedEvent(body) : { kind: 'bad', because: 'signature' };
};

function isSignedBy(of: {
  readonly body: string;
  readonly signature: string;
  readonly secret: string;
  readonly nowMs: number;
}): boolean {
  const { body, signature, secret, nowMs } = of;
  try {
    return (
      Stripe.webhooks.signature?.verifyHeader(body, signature, secret, toleranceSeconds, undefined, nowMs) ?? false
    );
  } catch {
    // Its way of saying no. It throws errors of several kinds at a header that it cannot read, and anybody may send one.
    return false;
  }
}

function parsedEvent(body: string): VerifiedEvent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { kind: 'bad', because: 'malformed' };
  }
  const { object, id, type, created, data } = (parsed ?? {}) as Partial<Stripe.Event>;
  const isEvent = object === 'event' && typeof id === 'string' && typeof type === 'string' && Number.isInteger(created);
  if (!isEvent || typeof data?.object !== 'object') return { kind: 'bad', because: 'malformed' };
  return { kind: 'event', event: eventOf(parsed as Stripe.Event) };
}

type Subject = Readonly<
  Record<'object' | 'id' | 'customer' | 'payment_intent' | 'payment_method' | 'metadata', unknown>
>;

function eventOf(event: Stripe.Event): PaymentEvent {
  const subject = event.data.object as unknown as Subject;
  const before = (event.data.previous_attributes ?? {}) as Partial<Subject>;
  const type = textOf(subject.object) ?? 'unknown';
  const id = textOf(subject.id);
  const own = (kind: string) => (type === kind ? id : null);
  const { workspace } = (subject.metadata ?? {}) as { readonly workspace?: unknown };
  return {
    id: event.id,
    type: event.type,
    createdMs: event.created * 1000,
    isLive: event.livemode,
    account: event.account ?? null,
    object: { type, id },
    customer: own('customer') ?? referenceOf(subject.customer) ?? referenceOf(before.customer),
    paymentIntent: own('payment_intent') ?? referenceOf(subject.payment_intent),
    paymentMethod: own('payment_method') ?? referenceOf(subject.payment_method),
    workspace: textOf(workspace),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function referenceOf(value: unknown): string | null {
  return textOf(value) ?? textOf((value as { readonly id?: unknown } | null | undefined)?.id);
}
