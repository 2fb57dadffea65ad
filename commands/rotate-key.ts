// Rotating a key: another takes its place, under its name, and both open the door for a while.

import { findKeyById, replaceKey, type StoredKey } from '../db/accounts/api-keys';
import type { Author } from '../db/accounts/audit';
import type { Trx } from '../db/connection/knex';
import { lockApiKeys } from '../db/locks';
import { MinutebookError } from '../domain/errors';
import { assertReplaceable, overlapEnd, successorExpiry } from '../domain/keys';
import { auditKey, type MadeKey, storeNewKey } from './create-key';

export type Rotation = { readonly id: string; readonly overlapMs: number; readonly expiresAtMs?: number };

/**
 * Makes the key that takes the place of another, which goes on for `overlapMs`. Where nothing else is said it lives as long
 * as that one was made to. Throws `conflict` where that one was replaced or is over, `not_found` where it is not there.
 */
export async function rotateKey(
  trx: Trx,
  { id, overlapMs, expiresAtMs, author }: Rotation & { readonly author: Author },
): Promise<MadeKey & { readonly replaced: StoredKey }> {
  const { nowMs } = author;
  await lockApiKeys(trx);
  const key = await readKey(trx, id);
  assertReplaceable(key, nowMs);
  const facts = { role: key.role, name: key.name, workspace: key.workspace };
  const made = await storeNewKey(trx, { ...facts, expiresAtMs: expiresAtMs ?? successorExpiry(key, nowMs) }, author);
  const replaced = await replaceKey(trx, { id, by: made.stored.id, untilMs: overlapEnd(key, overlapMs, nowMs) });
  await auditKey(trx, author, { action: 'key.created', after: made.stored });
  await auditKey(trx, author, { action: 'key.rotated', before: key, after: replaced });
  return { ...made, replaced };
}

/** A key by its id. Throws `not_found`. */
export async function readKey(trx: Trx, id: string): Promise<StoredKey> {
  const key = await findKeyById(trx, id);
  if (key !== undefined) return key;
  throw new MinutebookError({ code: 'not_found', detail: `there is no key ${id}; GET /v1/keys lists all` });
}
