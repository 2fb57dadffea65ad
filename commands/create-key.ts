// New API keys: shown once, to whoever makes them.

import { randomBytes } from 'node:crypto';
import { listNamed, type Role, type StoredKey, storeApiKey } from '../db/accounts/api-keys';
import { type Author, audit } from '../db/accounts/audit';
import { readWorkspace } from '../db/accounts/workspaces';
import type { Db, Trx } from '../db/connection/knex';
import { lockApiKeys } from '../db/locks';
import { MinutebookError } from '../domain/errors';
import { isUsable } from '../domain/keys';
import { formatInstant } from '../domain/period';

export type KeyFacts = { readonly role: Role; readonly name: string; readonly workspace?: string };

/** The key itself, which is nowhere once this is forgotten, and what is stored of it. */
export type MadeKey = { readonly key: string; readonly stored: StoredKey };

/** Makes a key of a role and answers it; the database keeps only its hash. A workspace's key names its workspace. */
export async function createApiKey(db: Db, facts: KeyFacts): Promise<string> {
  const made = await storeNewKey(db, { ...facts, expiresAtMs: null }, { actor: operator, nowMs: Date.now() });
  return made.key;
}

/** Whoever can reach the database. */
export const operator = 'operator:database';

/**
 * Makes a key under a name that no other of its role and workspace has: whoever makes one again, as the answer was lost, is
 * told. Throws `conflict`, and `not_found` for the key of a workspace that is not there.
 */
export async function createKey(
  trx: Trx,
  { facts, author }: { facts: KeyFacts & { readonly expiresAtMs: number | null }; author: Author },
): Promise<MadeKey> {
  if (facts.workspace !== undefined) await readWorkspace(trx, facts.workspace);
  await lockApiKeys(trx);
  const { role, name, workspace = null } = facts;
  const named = await listNamed(trx, { role, name, workspace });
  const taken = named.find((key) => isUsable(key, author.nowMs));
  if (taken !== undefined) throw nameTaken(taken);
  const made = await storeNewKey(trx, facts, author);
  await auditKey(trx, author, { action: 'key.created', after: made.stored });
  return made;
}

/** Makes and stores a key, whatever there is. */
export async function storeNewKey(
  db: Db,
  { role, name, workspace = null, expiresAtMs }: Omit<KeyFacts, 'workspace'> & NewFacts,
  { actor, nowMs }: Author,
): Promise<MadeKey> {
  const key = `mb_${role}_${randomBytes(32).toString('base64url')}`;
  const facts = { role, name, workspace, madeBy: actor, madeAtMs: nowMs, expiresAtMs };
  return { key, stored: await storeApiKey(db, key, facts) };
}

type NewFacts = { readonly workspace?: string | null; readonly expiresAtMs: number | null };

/** Notes what became of keys: never more than what lists show. */
export async function auditKey(
  trx: Trx,
  author: Author,
  { action, before, after }: { action: string; before?: StoredKey; after: StoredKey },
): Promise<void> {
  const { workspace } = after;
  await audit(trx, author, { action, workspace, before: before ? audited(before) : null, after: audited(after) });
}

function audited(key: StoredKey) {
  const instant = (ms: number | null) => (ms === null ? null : formatInstant(ms));
  const { id, prefix, role, name, workspace, replacedBy } = key;
  const instants = { expiresAt: instant(key.expiresAtMs), revokedAt: instant(key.revokedAtMs) };
  return { id, prefix, role, name, workspace, ...instants, replacedBy };
}

function nameTaken({ id, role, name }: StoredKey): MinutebookError {
  const detail = `there is a ${role} key named ${JSON.stringify(name)}, ${id}: choose another name, or rotate it (POST /v1/keys/${id}/rotate) where the key itself was lost`;
  return new MinutebookError({ code: 'conflict', detail, faults: [{ field: 'name', message: 'taken' }] });
}
