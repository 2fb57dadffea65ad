// API keys, for admins: made, listed, rotated, revoked. The key itself is answered once, and logged nowhere.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createKey } from '../../commands/create-key';
import { revokeApiKey } from '../../commands/revoke-key';
import { rotateKey } from '../../commands/rotate-key';
import { type Key, KeyId, KeysQuery, keysAPage, readKeyEntry, readKeyRotation } from '../../contract/keys';
import type { Answer } from '../../contract/operations';
import { readField } from '../../contract/reading';
import { listKeys, type StoredKey } from '../../db/accounts/api-keys';
import { formatInstant } from '../../domain/period';
import { type Access, adminsOnly, authorOf } from '../access';
import type { Api } from '../api';
import type { KnownKeys } from '../known-keys';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';

const createSchema = describe({
  id: 'createKey',
  tag: 'Keys',
  summary: 'Make a key',
  description: `The key itself is shown in this answer and nowhere else. Its name is not taken by another key of the role (and
workspace) that goes on: 409 names the one that has it, to be rotated where its answer was lost.`,
});

const listSchema = describe({
  id: 'listKeys',
  tag: 'Keys',
  summary: 'List keys, the newest first, with those that are over; never the keys themselves',
});

const rotateSchema = describe({
  id: 'rotateKey',
  tag: 'Keys',
  summary: 'Put another key in the place of one',
  description: `Both open the same for a while: \`validFor\`, 24h where left out, at most 7d; "0s" ends the old one at once. A
key is rotated once: then the one that took its place is.`,
});

const revokeSchema = describe({
  id: 'revokeKey',
  tag: 'Keys',
  summary: 'Revoke a key',
  description: `It opens nothing any more (at other processes of the API within a second). The last admin key is kept
(conflict): make another first. Again changes nothing.`,
});

const access: Access = { roles: adminsOnly, of: 'nobody', noReaders: true };

export function keyRoutes(app: FastifyInstance, api: Api, keys: KnownKeys): void {
  app.post(
    '/v1/keys',
    { config: { access }, schema: createSchema },
    async (request, reply): Promise<Answer<'createKey'>> => {
      const author = await authorOf(request, api);
      const facts = readKeyEntry(request.body, author.nowMs);
      const { key, stored } = await api.db.transaction((trx) => createKey(trx, { facts, author }));
      reply.code(201).header('cache-control', 'no-store');
      return { ...keyShape(stored), key };
    },
  );

  app.get('/v1/keys', { config: { access }, schema: listSchema }, async (request): Promise<Answer<'listKeys'>> => {
    const { cursor, limit = keysAPage } = readQuery(request, KeysQuery);
    const stored = await listKeys(api.db, { before: cursor?.[0] ?? null, limit: limit + 1 });
    return pageOf(stored, limit, { show: keyShape, cursor: ({ position }) => [String(position)] });
  });

  app.post(
    '/v1/keys/:id/rotate',
    { config: { access }, schema: rotateSchema },
    async (request, reply): Promise<Answer<'rotateKey'>> => {
      const id = idOfPath(request);
      const author = await authorOf(request, api);
      const asked = { id, ...readKeyRotation(request.body, author.nowMs), author };
      const { key, stored, replaced } = await api.db.transaction((trx) => rotateKey(trx, asked));
      keys.forget();
      reply.code(201).header('cache-control', 'no-store');
      return { ...keyShape(stored), key, replaces: keyShape(replaced) };
    },
  );

  app.delete(
    '/v1/keys/:id',
    { config: { access }, schema: revokeSchema },
    async (request): Promise<Answer<'revokeKey'>> => {
      const id = idOfPath(request);
      const author = await authorOf(request, api);
      const revoked = await api.db.transaction((trx) => revokeApiKey(trx, { id, author }));
      keys.forget();
      return keyShape(revoked);
    },
  );
}

function idOfPath(request: FastifyRequest): string {
  const { id } = request.params as { readonly id?: unknown };
  return readField(KeyId, id, { field: 'id', what: 'the address is' });
}

function keyShape(key: StoredKey): Key {
  const { id, prefix, role, name, workspace, madeBy, madeAtMs, lastUsedAtMs, expiresAtMs, revokedAtMs, replacedBy } =
    key;
  return {
    ...{ id, prefix, role, name },
    ...(workspace === null ? {} : { workspace }),
    madeBy,
    madeAt: formatInstant(madeAtMs),
    ...(lastUsedAtMs === null ? {} : { lastUsedAt: formatInstant(lastUsedAtMs) }),
    ...(expiresAtMs === null ? {} : { expiresAt: formatInstant(expiresAtMs) }),
    ...(revokedAtMs === null ? {} : { revokedAt: formatInstant(revokedAtMs) }),
    ...(replacedBy === null ? {} : { replacedBy }),
  };
}
