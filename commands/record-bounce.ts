// A mail that came back, by the return path that it was sent with.

import type { Trx } from '../db/connection/knex';
import { lockEmail } from '../db/locks';
import type { AddressState } from '../db/mail/emails';
import { findReturned, noteBounce, queueOneAgain, type Returned, readNextRound } from '../db/mail/rounds';
import { deliver } from '../db/outbox';
import { dayMs } from '../domain/period';

/** What the report says, as gateways/mail/bounces.ts reads it. */
export type ReturnedMail = {
  readonly token: string;
  readonly meaning: 'undeliverable' | 'try_again' | 'operator' | 'nothing';
  readonly status: string;
  readonly diagnostic: string | null;
};

const againForMs = 5 * dayMs;
// The server that gave up had tried by itself for days; one that always does is believed at last.
const roundsMax = 10;

/**
 * Marks the address, or puts it up again where the failure was one of the moment. Answers its state; undefined where the
 * token is none of ours, which changes nothing. The same report again changes nothing.
 */
export async function recordBounce(trx: Trx, mail: ReturnedMail, nowMs: number): Promise<AddressState | undefined> {
  const found = await findReturned(trx, mail.token);
  if (found === undefined) return undefined;
  await lockEmail(trx, { workspace: found.workspace_id, key: found.email_key });
  if (mail.meaning !== 'nothing') await apply(trx, { mail, found, nowMs });
  return (await findReturned(trx, mail.token))?.state;
}

async function apply(
  trx: Trx,
  { mail, found, nowMs }: { readonly mail: ReturnedMail; readonly found: Returned; readonly nowMs: number },
): Promise<void> {
  const { email_key: key, position, workspace_id: workspace } = found;
  const round = await readNextRound(trx, { workspace, key });
  const isAgain = mail.meaning === 'try_again' && nowMs - found.dated_at < againForMs && round <= roundsMax;
  if (!isAgain) {
    await noteBounce(trx, { workspace, key, position, code: mail.status, error: mail.diagnostic }, nowMs);
    return;
  }
  // One that is up already is sent by that.
  const isUp = (await findReturned(trx, mail.token))?.state !== 'sent';
  if (isUp) return;
  await queueOneAgain(trx, { workspace, key, position, round }, nowMs);
  await deliver(trx, [{ kind: 'start', type: 'sendEmail', arguments: { workspace, email: key, round } }]);
}
