// What became of a page on which an invoice was to be paid: the same for the page that the customer returns to, the event and
// the sweep, in any order and any number of times.

import { closeCheckout, type FoundCheckout, findCheckout } from '../db/payments/checkouts';
import { wakeCollecting } from '../db/payments/waking';
import type { SessionReading } from '../gateways/payments/payments';
import type { Charging } from './connections';

export type CheckoutOutcome =
  | 'foreign'
  /** The customer is there, or his bank is at work. */
  | 'open'
  /** Its outcome stands in the attempt's row. */
  | 'settled';

/** Stores what a payment session has led to. `reading` is undefined where the processor knows no such session. */
export async function settleCheckout(
  connections: Charging,
  { session, reading }: { readonly session: string; readonly reading: SessionReading | undefined },
): Promise<CheckoutOutcome> {
  const found = await findCheckout(connections.db, session);
  if (found === undefined) return 'foreign';
  if (found.state !== 'open' && found.state !== 'processing') return 'settled';
  if (reading === undefined || (reading.status === 'expired' && reading.payment === null)) {
    return close(connections, found);
  }
  return 'open';
}

// Who was waiting at the door may go through it now.
async function close({ db, clock }: Charging, found: FoundCheckout): Promise<CheckoutOutcome> {
  const nowMs = await clock();
  await db.transaction(async (trx) => {
    if (await closeCheckout(trx, { ...found, state: 'expired', nowMs })) await wakeCollecting(trx, [found.invoice]);
  });
  return 'settled';
}
