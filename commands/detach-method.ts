// Detaching a method that is out of use, so that the processor keeps nothing that nobody needs.

import { isInFlight, noteDetached, readMethod } from '../db/payments/methods';
import type { DetachMethodArguments } from '../domain/delivery';
import type { Charging } from './connections';

/** Detaches it, or answers that an attempt with it has no outcome yet. */
export async function detachMethod(
  { db, clock, payments }: Charging,
  of: DetachMethodArguments,
): Promise<'detached' | 'in_flight'> {
  const kept = await readMethod(db, of);
  if (kept === undefined || kept.state === 'active' || kept.isDetached) return 'detached';
  if (await isInFlight(db, of)) return 'in_flight';
  await payments.detachPaymentMethod(of.method);
  await noteDetached(db, { ...of, nowMs: await clock() });
  return 'detached';
}
