// What no webhook has told: events are listed from where the last listing ended, less an hour, and what the inbox lacks is
// stored as if it had come by itself. A day of being away loses nothing, nor does an answer of ours that Stripe took for one.

import { readCursor, removeOldEvents, saveCursor } from '../db/payments/events';
import { removeOldLinks } from '../db/payments/links';
import { dayMs, hourMs } from '../domain/period';
import type { Charging } from './connections';
import { receiveStripeEvents } from './receive-stripe-events';

export type Swept = { readonly listed: number; readonly missed: number; readonly removed: number };

const keptForMs = 30 * dayMs;
// Whoever opens a link that has expired is told so for a year.
const linksKeptForMs = 365 * dayMs;

/** Lists, stores, moves the cursor; and removes what has had its time. */
export async function sweepStripeEvents(
  connections: Charging,
  onProgress: () => void = () => undefined,
): Promise<Swept> {
  const { db, clock } = connections;
  const nowMs = await clock();
  const through = (await readCursor(db)) ?? nowMs;
  const { listed, missed } = await listFrom(connections, Math.max(through - hourMs, nowMs - keptForMs), onProgress);
  await saveCursor(db, nowMs);
  const removed = await removeOldEvents(db, { beforeMs: nowMs - keptForMs });
  await removeOldLinks(db, { expiredBeforeMs: nowMs - linksKeptForMs });
  return { listed, missed, removed };
}

async function listFrom(connections: Charging, fromMs: number, onProgress: () => void) {
  const { db, clock, payments, settings } = connections;
  let [listed, missed] = [0, 0];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await payments.events({ fromMs, ...(after === undefined ? {} : { after }) });
    // Newest first, as it comes; what came first is begun with.
    const received = { events: [...page.items].reverse(), cameBy: 'list', nowMs: await clock() } as const;
    const stored = await db.transaction((trx) => receiveStripeEvents(trx, received, settings));
    listed += page.items.length;
    missed += stored.get('waiting') ?? 0;
    after = page.next;
    onProgress();
  }
  return { listed, missed };
}
