// Deliveries: one an event and endpoint, kept with what was tried. Making them is part of the change that caused the event;
// sending them is not.

import type Stripe from 'stripe';
import { newId, type World } from '../world';

export type Attempt = {
  readonly atMs: number;
  /** Null where nothing was answered. */
  readonly status: number | null;
  /** How it failed; null where it did not. */
  readonly problem: string | null;
};

export type Delivery = {
  readonly id: string;
  readonly event: string;
  readonly endpoint: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly madeAtMs: number;
  readonly nextAtMs: number;
  readonly tries: number;
  /** The last ones. */
  readonly attempts: readonly Attempt[];
};

const deliveriesMax = 20_000;
const attemptsKept = 10;

/** Growing, the last again and again until three days are over. */
const pausesSeconds = [10, 60, 300, 1800, 7200, 18_000, 36_000];
const triedForMs = 3 * 86_400 * 1000;

/** A delivery for each endpoint that wants the event. */
export function enqueue(world: World, event: Stripe.Event): Stripe.Event {
  const { store, clock } = world;
  const endpoints = store.all('endpoints').filter((endpoint) => wants(endpoint, event.type));
  for (const { id } of endpoints) {
    const nowMs = clock.nowMs();
    const times = { madeAtMs: nowMs, nextAtMs: nowMs, tries: 0, attempts: [] };
    store.put('deliveries', { id: newId('del_'), event: event.id, endpoint: id, state: 'pending', ...times });
  }
  while (store.count('deliveries') > deliveriesMax) store.remove('deliveries', store.first('deliveries')?.id ?? '');
  return store.put('events', { ...event, pending_webhooks: event.pending_webhooks + endpoints.length });
}

function wants({ status, enabled_events: wanted }: Stripe.WebhookEndpoint, type: string): boolean {
  return status === 'enabled' && (wanted.includes('*') || wanted.includes(type));
}

/** What an attempt leaves: delivered, to be tried again later, or given up. */
export function recordAttempt({ store }: World, delivery: Delivery, attempt: Attempt): void {
  const { tries, madeAtMs } = delivery;
  const nextAtMs = attempt.atMs + (pausesSeconds[tries] ?? pausesSeconds.at(-1) ?? 0) * 1000;
  const isGivenUp = nextAtMs > madeAtMs + triedForMs;
  const state = attempt.problem === null ? 'delivered' : isGivenUp ? 'failed' : 'pending';
  const attempts = [...delivery.attempts, attempt].slice(-attemptsKept);
  store.put('deliveries', { ...delivery, state, nextAtMs, tries: tries + 1, attempts });
  const event = store.get('events', delivery.event);
  if (state !== 'pending' && event !== undefined) {
    store.put('events', { ...event, pending_webhooks: Math.max(0, event.pending_webhooks - 1) });
  }
}

/** The events that some endpoint does not have: still to be tried, or given up. */
export function undelivered({ store }: World): ReadonlySet<string> {
  return new Set(store.all('deliveries').flatMap(({ event, state }) => (state === 'delivered' ? [] : [event])));
}
