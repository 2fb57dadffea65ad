// Making a link of ours for an e-mail, and finding the one that a token is of.

import { createHash, createHmac } from 'node:crypto';
import type { Db, Trx } from '../db/connection/knex';
import { readIdentity } from '../db/payments/identity';
import { findLink, type StoredLink, storeLink } from '../db/payments/links';
import { MinutebookError } from '../domain/errors';
import { isLinkToken, type LinkTask, linkExpiresMs, linkKey } from '../domain/payment-link';
import type { Settings } from './connections';

export type WantedLink = {
  readonly workspace: string;
  readonly task: LinkTask;
  /** Which one is to be paid, where that is the task. */
  readonly invoice?: string;
  readonly nowMs: number;
};

/**
 * The address of a page at which one task can be done, for 60 days or until then. The token is an HMAC of the task, of what
 * it is about and of the day, by a secret that the database keeps: made again it is the same, so an e-mail that is written
 * anew or sent again has the same link. Only a hash of it is stored. Throws `internal` where PUBLIC_URL is not set, which
 * the configuration asks for wherever anything is charged.
 */
export async function makePaymentLink(
  trx: Trx,
  { workspace, task, invoice, nowMs }: WantedLink,
  { publicUrl }: Pick<Settings, 'publicUrl'>,
): Promise<string> {
  if (publicUrl === null) throw broken('PUBLIC_URL is not set');
  const subject = task === 'pay' ? { task, workspace, invoice: invoice ?? '' } : { task, workspace };
  if (invoice === '' || (task === 'pay') !== (invoice !== undefined))
    throw broken(`a link to ${task} names ${invoice}`);
  const { linkSecret } = await readIdentity(trx);
  const token = createHmac('sha256', linkSecret).update(linkKey(subject, nowMs)).digest('base64url');
  await storeLink(trx, { hash: hashOf(token), subject, nowMs, expiresMs: linkExpiresMs(nowMs) });
  return `${publicUrl}/${task}/${token}`;
}

/** The link that a token is of; undefined where it is of none. */
export async function findPaymentLink(db: Db, token: string): Promise<StoredLink | undefined> {
  return isLinkToken(token) ? findLink(db, hashOf(token)) : undefined;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function broken(what: string): MinutebookError {
  return new MinutebookError({ code: 'internal', detail: `a payment link cannot be made: ${what}` });
}
