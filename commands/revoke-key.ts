// Revoking a key: it opens nothing any more, at once.

import { findOtherAdmins, revokeKey, type StoredKey } from '../db/accounts/api-keys';
import type { Author } from '../db/accounts/audit';
import type { Trx } from '../db/connection/knex';
import { lockApiKeys } from '../db/locks';
import { assertNotLastAdmin } from '../domain/keys';
import { auditKey } from './create-key';
import { readKey } from './rotate-key';

/**
 * Revokes a key; again changes nothing. Throws `conflict` for the last admin's key, which nobody could replace over HTTP,
 * and `not_found` where there is no such key.
 */
export async function revokeApiKey(
  trx: Trx,
  { id, author }: { readonly id: string; readonly author: Author },
): Promise<StoredKey> {
  const { nowMs } = author;
  await lockApiKeys(trx);
  const key = await readKey(trx, id);
  if (key.revokedAtMs !== null) return key;
  assertNotLastAdmin(key, await findOtherAdmins(trx, { id, nowMs }), nowMs);
  const revoked = await revokeKey(trx, { id, nowMs });
  await auditKey(trx, author, { action: 'key.revoked', before: key, after: revoked });
  return revoked;
}
