// Once a day: old events are forgotten, and endpoints whose telling was lost are woken.

import { findLostTellings, removeExpiredSecrets, removeOldEvents } from '../db/webhooks/retention';
import { hourMs } from '../domain/period';
import { eventsKeptMs } from '../domain/webhooks/retrying';
import { wakeEndpoints } from './change-webhook-endpoint';
import type { Connections } from './connections';

/** A telling that is this late has nobody who works on it, or very much before it: then waking changes nothing. */
const lateMs = hourMs;

export async function mendWebhooks(
  { db, clock }: Pick<Connections, 'db' | 'clock'>,
  onStep: () => void,
): Promise<void> {
  const nowMs = await clock();
  await removeOldEvents(db, { beforeMs: nowMs - eventsKeptMs, onStep });
  await removeExpiredSecrets(db, { nowMs });
  await db.transaction(async (trx) => wakeEndpoints(trx, await findLostTellings(trx, { beforeMs: nowMs - lateMs })));
}
