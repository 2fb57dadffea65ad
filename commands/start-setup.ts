// Beginning to add or replace a payment method: a page of the processor's, on which the customer types it.

import { createHash } from 'node:crypto';
import { countSetupSessions, findReusable, type SetupSession, storeSetupSession } from '../db/payments/setup-sessions';
import { MinutebookError } from '../domain/errors';
import { hourMs, hourOf } from '../domain/period';
import { refuseElsewhere } from '../domain/return-origins';
import type { Charging } from './connections';
import { ensureCustomer } from './ensure-customer';

export type WantedSetup = {
  readonly workspace: string;
  /** Where the customer is sent afterwards; to a page of ours where null. */
  readonly returnUrl: string | null;
  /** Where the customer comes back to who changes his mind; to the same where left out. */
  readonly cancelUrl?: string;
  /** The hash of the link by which it is asked for. */
  readonly link?: string | null;
};

// Somebody who has just been sent there needs some time to type.
const openForMs = hourMs / 2;
const triesMax = 3;

/**
 * Makes a session, or answers one that leads back to the same place and is open for half an hour yet. Asked for at once by
 * several, or again after an answer that was lost, it is one session: its key is its number among the workspace's sessions. Throws
 * `invalid_request` where it would lead back to an origin that is not ours.
 */
export async function startSetup(connections: Charging, wanted: WantedSetup): Promise<SetupSession> {
  const { db, clock, settings } = connections;
  const { workspace, returnUrl } = wanted;
  refuseElsewhere(returnUrl, settings.returnOrigins);
  const link = wanted.link ?? null;
  const customer = await ensureCustomer(connections, workspace);
  for (let tried = 0; tried < triesMax; tried++) {
    const nowMs = await clock();
    const openUntilMs = nowMs + openForMs;
    const open = await findReusable(db, { workspace, returnUrl, link, openUntilMs });
    if (open !== undefined) return open;
    const made = await makeSession(connections, { ...wanted, customer, nowMs });
    // An earlier answer that never reached us, come a day late: it is counted, so that the next has another key.
    const isUsable = made.expiresAtMs > openUntilMs;
    const session = { ...made, state: isUsable ? 'open' : 'expired' } as const;
    await storeSetupSession(db, { ...session, nowMs });
    if (isUsable) return session;
  }
  const detail = `Stripe answers only sessions of ${workspace} that have expired; try again later`;
  throw new MinutebookError({ code: 'unavailable', detail });
}

async function makeSession(
  { db, payments, settings }: Charging,
  wanted: WantedSetup & { readonly customer: string; readonly nowMs: number },
): Promise<Omit<SetupSession, 'state'>> {
  const { workspace, returnUrl, cancelUrl, link = null, customer, nowMs } = wanted;
  const number = 1 + (await countSetupSessions(db, workspace));
  const back = returnUrl ?? `${settings.publicUrl}/return`;
  // Two that are to lead to other places are two: the same key goes with one body alone. And by the hour, as Stripe keeps its
  // own failures under a key for a day.
  const place = createHash('sha256')
    .update(JSON.stringify([customer, back, cancelUrl, link, hourOf(nowMs)]))
    .digest('hex');
  const opened = await payments.createSetupSession({
    customer,
    workspace,
    successUrl: `${settings.publicUrl}/return/{CHECKOUT_SESSION_ID}`,
    cancelUrl: cancelUrl ?? back,
    idempotencyKey: `setup/${workspace}/${number}/${place.slice(0, 16)}`,
  });
  if (opened.kind === 'refused') throw refused(workspace, opened.why);
  const { id: session, url, expiresAtMs } = opened;
  return { workspace, session, url, returnUrl, link, expiresAtMs };
}

function refused(workspace: string, why: string): MinutebookError {
  return new MinutebookError({
    code: 'internal',
    detail: `Stripe refuses a page on which ${workspace} could add a payment method: ${why}`,
  });
}
