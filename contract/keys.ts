// API keys: made, listed, rotated and revoked by admins.
import { Type } from '@sinclair/typebox';
import { checkExpiry, checkKey, parseOverlap, roles, usualOverlapMs } from '../domain/keys';
import { cursor, limit, longNumberPart } from './pages';
import { readAs, scalar, Unreadable } from './reading';
import { Id, Instant, line, words } from './scalars';
import { answer, entry, leavable, optional, parameters, said, type Wire } from './shape';

const Role = words(
  roles,
  'platform: usage, gate, workspaces; admin: all; workspace: its own; read: reads all, changes nothing',
);
const ExpiresAt = said('it opens nothing from then on; left out: it never expires', Instant);

/** How long a replaced key goes on, read as milliseconds. */
const Overlap = scalar<string | number, number>(
  {
    type: ['string', 'integer'],
    pattern: '^[0-9]{1,6}[smhd]?$',
    minimum: 0,
    maximum: 604_800,
    examples: ['24h', '0s', '7d'],
    description: 'how long the old key goes on: s, m, h or d, or a number of seconds, at most 7d; left out: 24h',
  },
  (value) => parseOverlap(value) ?? new Unreadable('a time such as 0s, 30m, 24h or 7d, at most 7d'),
);

export const KeyId = scalar<string, string>(
  { type: 'string', pattern: '^key_[0-9a-f]{16}$', examples: ['key_0123456789abcdef'] },
  (value) =>
    typeof value === 'string' && /^key_[0-9a-f]{16}$/.test(value)
      ? value
      : new Unreadable('the id of a key such as key_0123456789abcdef, as GET /v1/keys lists it'),
);

export const KeyEntry = entry('KeyEntry', {
  role: Role,
  name: said('who holds it, as the audit log shows', line(100)),
  workspace: leavable(said('of the role workspace: the one that it reads', Id)),
  expiresAt: leavable(ExpiresAt),
});
export type KeyEntry = Wire<typeof KeyEntry>;

/** Reads the body of POST /v1/keys. Throws `invalid_request` with every fault. */
export function readKeyEntry(body: unknown, nowMs: number) {
  const { role, name, workspace, expiresAt } = readAs(KeyEntry, body, {
    what: 'the key is',
    rule: (found, at) => checkKey({ ...found, expiresAtMs: found.expiresAt }, nowMs, at()),
  });
  return { role, name, ...(workspace === undefined ? {} : { workspace }), expiresAtMs: expiresAt ?? null };
}

export const KeyRotation = entry('KeyRotation', {
  validFor: leavable(Overlap),
  expiresAt: leavable(said('of the new key; left out: it lives as long as the old one was made to', Instant)),
});
export type KeyRotation = Wire<typeof KeyRotation>;

/** Reads the body of POST /v1/keys/{id}/rotate, which may be left out. Throws `invalid_request` with every fault. */
export function readKeyRotation(body: unknown, nowMs: number) {
  const { validFor = usualOverlapMs, expiresAt } = readAs(KeyRotation, body ?? {}, {
    what: 'the rotation is',
    rule: (found, at) => checkExpiry(found.expiresAt, nowMs, at()),
  });
  return { overlapMs: validFor, ...(expiresAt === undefined ? {} : { expiresAtMs: expiresAt }) };
}

const listed = {
  id: KeyId,
  prefix: Type.String({ description: 'how the key begins' }),
  role: Role,
  name: Type.String(),
  workspace: optional(Id),
  madeBy: Type.String({ description: 'a key, as role:name; operator:… where it was made at the database' }),
  madeAt: Instant,
  lastUsedAt: optional(said('to a minute or two; left out: never used', Instant)),
  expiresAt: optional(ExpiresAt),
  revokedAt: optional(Instant),
  replacedBy: optional(said('the key that took its place', KeyId)),
};

export const Key = answer('Key', listed);
export type Key = Wire<typeof Key>;

export const NewKey = answer('NewKey', {
  ...listed,
  key: Type.String({ description: 'the key itself, shown this once' }),
});
export type NewKey = Wire<typeof NewKey>;

export const RotatedKey = answer('RotatedKey', {
  ...listed,
  key: Type.String({ description: 'the new key itself, shown this once' }),
  replaces: said('the old one; its expiresAt says how long it goes on', Key),
});
export type RotatedKey = Wire<typeof RotatedKey>;

export const keysAPage = 100;
export const KeysQuery = parameters({
  cursor: optional(cursor(longNumberPart)),
  limit: optional(limit({ usual: keysAPage, max: 500 })),
});
