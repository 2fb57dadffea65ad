// API keys: only their SHA-256 is stored. A key has 256 random bits, so that a slow hash would add nothing.
import { createHash } from 'node:crypto';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type Role = 'platform' | 'admin' | 'workspace';

/** Who calls: a role, the name that the audit log shows, and for the role `workspace` which one. */
export type Identity = { readonly role: Role; readonly name: string; readonly workspace: string | null };

/** What a key is known by. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

const insertKey = statement(`
  insert into api_keys (key_hash, role, workspace_id, name)
  values (decode(:hash, 'hex'), :role, :workspace, :name)`);

export async function storeApiKey(db: Db, key: string, { role, name, workspace }: Identity): Promise<void> {
  await insertKey(db, { hash: hashOfKey(key), role, name, workspace });
}

const selectKey = statement<{ role: Role; name: string; workspace: string | null }>(`
  select role, name, workspace_id as workspace from api_keys
  where key_hash = decode(:hash, 'hex') and revoked_at is null`);

/** Whose key has this hash; undefined where nobody's has, or it is revoked. */
export async function findIdentity(db: Db, hash: string): Promise<Identity | undefined> {
  const [row] = await selectKey(db, { hash });
  return row;
}
