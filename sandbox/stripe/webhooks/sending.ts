// Sends what is due, one after the other to each endpoint, so that a slow one holds up nobody else.

import { createHmac } from 'node:crypto';
import Stripe from 'stripe';
import type { World } from '../world';
import { type Delivery, recordAttempt } from './deliveries';
import { type Disorder, order } from './disorder';

export type Sender = {
  disorder(): Disorder;
  setDisorder(disorder: Disorder): void;
  /** Starts sending what is due, where it is not being done already. */
  send(): void;
  close(): void;
};

const answeredWithinMs = 10_000;
// Shuffled means that what came later goes first, so all wait until nothing has come for a moment, though not for ever.
const quietForMs = 250;
const shuffledAfterMs = 2000;

export function createSender(world: World): Sender {
  const busy = new Set<string>();
  const ending = new AbortController();
  let disorder = order;
  const sendTo = async (endpoint: string) => {
    for (let next = first(world, endpoint, disorder); next !== undefined; next = first(world, endpoint, disorder)) {
      await deliver(world, next, disorder, ending.signal);
      if (ending.signal.aborted) return;
    }
  };
  return {
    disorder: () => disorder,
    setDisorder: (wanted) => {
      disorder = wanted;
    },
    send: () => {
      for (const { id } of world.store.all('endpoints')) {
        if (busy.has(id) || ending.signal.aborted || first(world, id, disorder) === undefined) continue;
        busy.add(id);
        sendTo(id)
          .catch((error: unknown) => console.error(error))
          .finally(() => busy.delete(id));
      }
    },
    close: () => ending.abort(),
  };
}

function first({ store, clock }: World, endpoint: string, { pause, delayMs, shuffle }: Disorder): Delivery | undefined {
  if (pause) return undefined;
  const nowMs = clock.nowMs();
  const isDue = (each: Delivery) =>
    each.endpoint === endpoint && each.state === 'pending' && each.nextAtMs + (each.tries === 0 ? delayMs : 0) <= nowMs;
  if (!shuffle) return store.all('deliveries').find(isDue);
  const due = store.all('deliveries').filter(isDue);
  const isQuiet = due.every(({ madeAtMs }) => madeAtMs + quietForMs <= nowMs);
  const isLate = due.some(({ madeAtMs }) => madeAtMs + shuffledAfterMs <= nowMs);
  return isQuiet || isLate ? due.at(-1) : undefined;
}

async function deliver(world: World, delivery: Delivery, disorder: Disorder, ending: AbortSignal): Promise<void> {
  const { store, clock } = world;
  const endpoint = store.get('endpoints', delivery.endpoint);
  const event = store.get('events', delivery.event);
  if (endpoint === undefined || event === undefined) {
    store.remove('deliveries', delivery.id);
    return;
  }
  const body = JSON.stringify({ ...event, api_version: endpoint.api_version ?? Stripe.API_VERSION }, null, 2);
  const result = disorder.drop ? { status: 200, problem: null } : await post(endpoint, body, ending);
  if (ending.aborted) return;
  if (disorder.duplicate && !disorder.drop) await post(endpoint, body, ending);
  recordAttempt(world, store.get('deliveries', delivery.id) ?? delivery, { atMs: clock.nowMs(), ...result });
  store.commit();
}

type Result = { readonly status: number | null; readonly problem: string | null };

async function post({ url, secret = '' }: Stripe.WebhookEndpoint, body: string, ending: AbortSignal): Promise<Result> {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'stripe-signature': signature(secret, body),
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  };
  const signal = AbortSignal.any([ending, AbortSignal.timeout(answeredWithinMs)]);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    return { status: response.status, problem: response.ok ? null : `answered ${response.status}` };
  } catch (error) {
    // Whatever keeps it from arriving is a failed attempt, kept with its reason and tried again.
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return { status: null, problem: `${error instanceof Error ? error.message : String(error)}${cause}` };
  }
}

// By the machine's clock, whatever the emulator's: who checks the signature's age has no other.
function signature(secret: string, body: string): string {
  const at = Math.floor(Date.now() / 1000);
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}
