// API keys: only their SHA-256 is stored. A key has 256 random bits, so that a slow hash would add nothing.
import { createHash, timingSafeEqual } from 'node:crypto';
import { isUsable, type KeyState, type Role } from '../../domain/keys';
import { formatInstant } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

export type { Role } from '../../domain/keys';

/** Who calls: a role, the name that the audit log shows, and for the role `workspace` which one. */
export type Identity = { readonly role: Role; readonly name: string; readonly workspace: string | null };

/** Whose key it is, and until when: epoch milliseconds, null for ever. */
export type FoundKey = Identity & { readonly id: string; readonly expiresAtMs: number | null };

/** A key as it is listed; the key itself is nowhere. */
export type StoredKey = KeyState & {
  readonly position: bigint;
  readonly prefix: string;
  readonly workspace: string | null;
  readonly madeBy: string;
  readonly lastUsedAtMs: number | null;
};

/** What a key is known by. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

type Row = {
  id: string;
  position: bigint;
  prefix: string;
  role: Role;
  workspace: string | null;
  name: string;
  made_by: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  replaced_by: string | null;
};

const columns = `id, position, prefix, role, workspace_id as workspace, name, made_by, created_at, expires_at, revoked_at,
  last_used_at, replaced_by`;

const insertKey = statement<Row>(`
  insert into api_keys (key_hash, prefix, role, workspace_id, name, made_by, created_at, expires_at)
  values (decode(:hash, 'hex'), :prefix, :role, :workspace, :name, :made_by, :at::timestamptz, :expires_at::timestamptz)
  returning ${columns}`);

export type NewKey = Identity & {
  readonly madeBy: string;
  readonly madeAtMs: number;
  readonly expiresAtMs: number | null;
};

// The role, and so little of what is random that it tells one key from another and nothing else.
const prefixLength = (role: Role) => `mb_${role}_`.length + 4;

export async function storeApiKey(db: Db, key: string, facts: NewKey): Promise<StoredKey> {
  const { role, name, workspace, madeBy, madeAtMs, expiresAtMs } = facts;
  const [row] = await insertKey(db, {
    hash: hashOfKey(key),
    prefix: key.slice(0, prefixLength(role)),
    role,
    name,
    workspace,
    made_by: madeBy,
    at: formatInstant(madeAtMs),
    expires_at: expiresAtMs === null ? null : formatInstant(expiresAtMs),
  });
  if (row === undefined) throw new Error('api keys: an insert answered no row');
  return keyOf(row);
}

const selectKey = statement<Row & { key_hash: Buffer }>(`
  select ${columns}, key_hash from api_keys where key_hash = decode(:hash, 'hex')`);

/** Whose key has this hash; undefined where nobody's has, or where it is revoked or has expired. */
export async function findKey(db: Db, hash: string, nowMs: number): Promise<FoundKey | undefined> {
  const [row] = await selectKey(db, { hash });
  if (row === undefined || !timingSafeEqual(row.key_hash, Buffer.from(hash, 'hex'))) return undefined;
  const { id, role, name, workspace, expiresAtMs, revokedAtMs } = keyOf(row);
  return isUsable({ expiresAtMs, revokedAtMs }, nowMs) ? { id, role, name, workspace, expiresAtMs } : undefined;
}

const selectById = statement<Row>(`select ${columns} from api_keys where id = :id`);

export async function findKeyById(db: Db, id: string): Promise<StoredKey | undefined> {
  const [row] = await selectById(db, { id });
  return row && keyOf(row);
}

const selectNamed = statement<Row>(`
  select ${columns} from api_keys
  where name = :name and role = :role and workspace_id is not distinct from :workspace::text
    and revoked_at is null and replaced_by is null
  order by position`);

/** The keys of a name, role and workspace that were neither revoked nor replaced. */
export async function listNamed(db: Db, { name, role, workspace }: Identity): Promise<readonly StoredKey[]> {
  return (await selectNamed(db, { name, role, workspace })).map(keyOf);
}

const selectAdmins = statement<Row>(`
  select ${columns} from api_keys
  where role = 'admin' and revoked_at is null and replaced_by is null and id <> :id
    and (expires_at is null or expires_at > :at::timestamptz)
  limit 1`);

/** Another admin's key that is usable and not replaced: one of them, where there are any. */
export async function findOtherAdmins(db: Db, { id, nowMs }: { id: string; nowMs: number }) {
  return (await selectAdmins(db, { id, at: formatInstant(nowMs) })).map(keyOf);
}

const selectPage = statement<Row>(`
  select ${columns} from api_keys
  where :before::int8 is null or position < :before::int8
  order by position desc limit :limit`);

/** Keys in the order in which they were made, the newest first. */
export async function listKeys(
  db: Db,
  { before, limit }: { before: string | null; limit: number },
): Promise<readonly StoredKey[]> {
  return (await selectPage(db, { before, limit })).map(keyOf);
}

const markReplaced = statement<Row>(`
  update api_keys set replaced_by = :by, expires_at = :until::timestamptz where id = :id returning ${columns}`);

/** Notes which key takes its place, and until when it goes on. */
export async function replaceKey(
  trx: Trx,
  { id, by, untilMs }: { id: string; by: string; untilMs: number },
): Promise<StoredKey> {
  return found(await markReplaced(trx, { id, by, until: formatInstant(untilMs) }), id);
}

const markRevoked = statement<Row>(`
  update api_keys set revoked_at = :at::timestamptz where id = :id returning ${columns}`);

export async function revokeKey(trx: Trx, { id, nowMs }: { id: string; nowMs: number }): Promise<StoredKey> {
  return found(await markRevoked(trx, { id, at: formatInstant(nowMs) }), id);
}

function found([row]: readonly Row[], id: string): StoredKey {
  if (row === undefined) throw new Error(`api keys: ${id} is not there any more`);
  return keyOf(row);
}

function keyOf(row: Row): StoredKey {
  const { id, position, prefix, role, workspace, name } = row;
  return {
    ...{ id, position, prefix, role, workspace, name },
    madeBy: row.made_by,
    madeAtMs: row.created_at,
    expiresAtMs: row.expires_at,
    revokedAtMs: row.revoked_at,
    lastUsedAtMs: row.last_used_at,
    replacedBy: row.replaced_by,
  };
}
