// Events: what changed, told in Stripe's words, with the object as it was then.

import Stripe from 'stripe';
import { enqueue } from './webhooks/deliveries';
import { newId, type World } from './world';

const eventsMax = 20_000;

export function emit(world: World, type: Stripe.Event['type'], object: object, previous?: object): void {
  const { store, clock, cause } = world;
  const event = {
    id: newId('evt_1'),
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: clock.now(),
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: 0,
    request: { id: cause?.id ?? null, idempotency_key: cause?.idempotency_key ?? null },
    type,
    // The union of all events is told apart by type; here the type is known only when it runs.
  } as unknown as Stripe.Event;
  enqueue(world, event);
  if (store.count('events') > eventsMax) store.remove('events', store.first('events')?.id ?? '');
}
