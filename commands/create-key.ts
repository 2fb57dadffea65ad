// New API keys: shown once, to whoever makes them.

import { randomBytes } from 'node:crypto';
import { type Role, storeApiKey } from '../db/accounts/api-keys';
import type { Db } from '../db/connection/knex';

/** Makes a key of a role and answers it; the database keeps only its hash. A workspace's key names its workspace. */
export async function createApiKey(
  db: Db,
  { role, name, workspace }: { role: Role; name: string; workspace?: string },
): Promise<string> {
  const key = `mb_${role}_${randomBytes(32).toString('base64url')}`;
  await storeApiKey(db, key, { role, name, workspace: workspace ?? null });
  return key;
}
