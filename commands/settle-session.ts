// What became of a visit to the processor's page, whatever it was for.

import type { Charging } from './connections';
import { settleCheckout } from './settle-checkout';
import { settleSetup } from './settle-setup';

/** Reads a session and settles what it was for. `open`: nothing has come of it yet. */
export async function settleSession(connections: Charging, session: string): Promise<'settled' | 'open' | 'foreign'> {
  const reading = await connections.payments.readSession(session);
  const kind =
    reading?.mode === 'setup'
      ? (await settleSetup(connections, reading)).kind
      : (await settleCheckout(connections, { session, reading })).kind;
  if (kind === 'foreign') return 'foreign';
  return kind === 'open' || kind === 'to_be_verified' ? 'open' : 'settled';
}
