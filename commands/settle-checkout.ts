// What became of a page on which an invoice was to be paid: the same for the page that the customer returns to, the event and
// the sweep, in any order and any number of times.

import { type AttemptKey, findCheckout } from '../db/payments/checkouts';
import type { SessionReading } from '../gateways/payments/payments';
import { type Told, toldBySession } from './ask-about-attempt';
import type { Charging } from './connections';
import { recordIntentOutcome } from './record-outcome';

export type CheckoutOutcome =
  | { readonly kind: 'foreign' }
  /** Nobody has paid there yet. */
  | { readonly kind: 'open'; readonly of: AttemptKey }
  /** What came of it stands in its attempt's row: paid, under way, declined, or nobody paid. */
  | { readonly kind: 'told'; readonly of: AttemptKey };

/** Stores what a payment session has led to. `reading` is undefined where the processor knows no such session. */
export async function settleCheckout(
  { db, clock, payments }: Charging,
  { session, reading }: { readonly session: string; readonly reading: SessionReading | undefined },
): Promise<CheckoutOutcome> {
  const found = await findCheckout(db, session);
  if (found === undefined) return { kind: 'foreign' };
  const { workspace, invoice, number, state } = found;
  const of = { workspace, invoice, number };
  if (state !== 'open' && state !== 'processing') return { kind: 'told', of };
  if (reading !== undefined && reading.status !== 'expired' && reading.status !== 'complete')
    return { kind: 'open', of };
  const told: Told = reading === undefined ? { outcome: { kind: 'expired' } } : await toldBySession(payments, reading);
  if (told.outcome.kind === 'unknown') return { kind: 'open', of };
  const nowMs = await clock();
  await db.transaction((trx) => recordIntentOutcome(trx, of, { ...told, nowMs }));
  return { kind: 'told', of };
}
