// Applying one of Stripe's events: what it is about is read anew, and what that says now is written down.

import { readWaitingEvent, settleEvent } from '../db/payments/events';
import type { StripeEventArguments } from '../domain/delivery';
import type { Charging } from './connections';
import { type Handled, handlers } from './stripe-handlers';

/** Applies it once; again, it finds it done. */
export async function applyStripeEvent(
  connections: Charging,
  { event }: StripeEventArguments,
): Promise<Handled | 'done'> {
  const waiting = await readWaitingEvent(connections.db, event);
  if (waiting === undefined) return 'done';
  const { object } = waiting;
  const handler = handlers[waiting.type];
  const state =
    handler === undefined || object === null ? 'ignored' : await handler(connections, { ...waiting, object });
  await settleEvent(connections.db, { event, state, nowMs: await connections.clock() });
  return state;
}
