// What webhooks may not have told, by the clock: events are listed every quarter of an hour, and once an hour what should have
// come to an end is read anew.
import { log, setCurrentDetails } from '@temporalio/workflow';
import type { Reread, Swept } from '../activities';
import { rereadOverdue, sweepEvents } from './activities';

export async function sweepStripeEvents(): Promise<Swept> {
  const swept = await sweepEvents();
  const { listed, missed, removed } = swept;
  setCurrentDetails(
    `listed ${listed} events, of which ${missed} had not come by themselves; removed ${removed} old ones`,
  );
  if (missed > 0) log.warn('events of Stripe had not come by webhook', swept);
  return swept;
}

export async function rereadPayments(): Promise<Reread> {
  const reread = await rereadOverdue();
  const { attempts, sessions, events } = reread;
  setCurrentDetails(
    `read ${attempts} attempts and ${sessions} setup sessions anew, which should have come to an end; started ${events} events again`,
  );
  return reread;
}
