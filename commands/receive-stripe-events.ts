// Events of Stripe come in: by webhook, or by being listed. Stored and started in one statement; applied by their workflows.

import type { Trx } from '../db/connection/knex';
import { type EventState, storeEvents } from '../db/payments/events';
import type { PaymentEvent } from '../gateways/payments/payments';
import type { Settings } from './connections';
import { handledTypes } from './stripe-handlers';

/** Stores those that are new, and has each applied that our rows do not know the outcome of. Answers how many were new. */
export function receiveStripeEvents(
  trx: Trx,
  received: { readonly events: readonly PaymentEvent[]; readonly cameBy: 'webhook' | 'list'; readonly nowMs: number },
  { isLive }: Pick<Settings, 'isLive'>,
): Promise<ReadonlyMap<EventState, number>> {
  return storeEvents(trx, { ...received, isLive, handled: handledTypes });
}
