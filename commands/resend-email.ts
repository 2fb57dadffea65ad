// Sending an e-mail again: as a workflow of its own, under the same Message-ID.

import { type Author, audit } from '../db/accounts/audit';
import type { Db, Trx } from '../db/connection/knex';
import { lockEmail } from '../db/locks';
import { readEmail, type StoredEmail } from '../db/mail/reading';
import { queueAgain, readNextRound } from '../db/mail/rounds';
import { deliver } from '../db/outbox';
import { MinutebookError } from '../domain/errors';

const resendsMax = 100;

/**
 * Puts an e-mail up again for those of the workspace's present addresses that do not have it, or for all of them. Answers
 * it as it then stands, and whether anything is to be sent; where `round` was begun already, nothing more is. Throws
 * `not_found`, and `conflict` after a hundred times.
 */
export async function resendEmail(
  trx: Trx,
  { key, to, round: wanted, author }: { key: string; to: 'undelivered' | 'all'; round?: number; author: Author },
): Promise<{ readonly email: StoredEmail; readonly isSent: boolean }> {
  const { workspace } = await readKnown(trx, key);
  await lockEmail(trx, { workspace, key });
  const round = await readNextRound(trx, { workspace, key });
  if (wanted !== undefined && wanted < round) return { email: await readKnown(trx, key), isSent: true };
  if (round > resendsMax) {
    const detail = `e-mail ${key} was sent again ${resendsMax} times, which is all that is kept of it: see what its addresses say`;
    throw new MinutebookError({ code: 'conflict', detail });
  }
  const count = await queueAgain(trx, { workspace, key, round, all: to === 'all' }, author.nowMs);
  if (count > 0) {
    await deliver(trx, [{ kind: 'start', type: 'sendEmail', arguments: { workspace, email: key, round } }]);
    await audit(trx, author, {
      action: 'email.resent',
      workspace,
      before: null,
      after: { key, to, round, addresses: count },
    });
  }
  return { email: await readKnown(trx, key), isSent: count > 0 };
}

/** The round that a resend of an e-mail would be now. Throws `not_found`. */
export async function nextResend(db: Db, key: string): Promise<number> {
  const { workspace } = await readKnown(db, key);
  return readNextRound(db, { workspace, key });
}

async function readKnown(trx: Db, key: string): Promise<StoredEmail> {
  const email = await readEmail(trx, key);
  if (email !== undefined) return email;
  throw new MinutebookError({ code: 'not_found', detail: `there is no e-mail ${key}` });
}
