// Giving events that have just become true to the endpoints that want them, and waking those.

import { isAnyUnspread, spreadEvents } from '../db/webhooks/events';
import { wakeEndpoints } from './change-webhook-endpoint';
import type { Connections } from './connections';

/** Gives out some thousand deliveries at the most; answers how many events that was. */
export async function spreadWebhookEvents({ db, clock }: Pick<Connections, 'db' | 'clock'>): Promise<number> {
  // Asked again and again, mostly in vain.
  if (!(await isAnyUnspread(db))) return 0;
  const nowMs = await clock();
  return db.transaction(async (trx) => {
    const { events, wake } = await spreadEvents(trx, nowMs);
    await wakeEndpoints(trx, wake);
    return events;
  });
}
