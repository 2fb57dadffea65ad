// Who may call what: bearer keys, and the roles that a route names. A route without `access` is open to everybody.
import { performance } from 'node:perf_hooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findIdentity, hashOfKey, type Identity, type Role } from '../db/accounts/api-keys';
import type { Author } from '../db/accounts/audit';
import { noSuchWorkspace } from '../db/accounts/workspaces';
import type { Db } from '../db/connection/knex';
import { MinutebookError } from '../domain/errors';
import type { Api } from './api';

/** Everybody with a key; a workspace's own key reads that workspace only. */
export const everyRole: readonly Role[] = ['platform', 'admin', 'workspace'];
export const operators: readonly Role[] = ['platform', 'admin'];
export const adminsOnly: readonly Role[] = ['admin'];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The roles that may call the route. */
    access?: readonly Role[];
  }
}

const callers = new WeakMap<FastifyRequest, Identity>();

/** Judges every request before its body is read. */
export function guardRoutes(app: FastifyInstance, db: Db): void {
  const find = cachedLookUp(db);
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (access === undefined) return;
    const identity = await identify(request.headers.authorization, find);
    if (identity === undefined) {
      reply.header('www-authenticate', 'Bearer');
      throw new MinutebookError({ code: 'unauthorized', detail: unauthorized });
    }
    callers.set(request, identity);
    admit(request, { access, identity });
  });
}

/** Who calls. */
export function callerOf(request: FastifyRequest): Identity {
  const identity = callers.get(request);
  if (identity === undefined) throw new Error(`api: ${request.routeOptions.url} has no access named`);
  return identity;
}

/** The caller as the audit log has it, with the time of the call. */
export async function authorOf(request: FastifyRequest, { clock }: Pick<Api, 'clock'>): Promise<Author> {
  const { role, name } = callerOf(request);
  return { actor: `${role}:${name}`, nowMs: await clock() };
}

const unauthorized = 'expected the header "Authorization: Bearer <key>" with a key that is known and not revoked';

function admit(
  request: FastifyRequest,
  { access, identity }: { readonly access: readonly Role[]; readonly identity: Identity },
): void {
  if (!access.includes(identity.role)) {
    const detail = `expected a key of the role ${access.join(' or ')}, came one of the role ${identity.role}`;
    throw new MinutebookError({ code: 'forbidden', detail });
  }
  // Of other workspaces a workspace's key does not even learn that they exist.
  const { workspace } = request.params as { readonly workspace?: string };
  if (identity.role === 'workspace' && workspace !== undefined && workspace !== identity.workspace) {
    throw noSuchWorkspace(workspace);
  }
}

type LookUp = (hash: string) => Promise<Identity | undefined>;

async function identify(header: string | undefined, find: LookUp): Promise<Identity | undefined> {
  const [, key] = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(header ?? '') ?? [];
  return key === undefined ? undefined : find(hashOfKey(key));
}

const rememberedMs = 5_000;
const rememberedMax = 10_000;

// A platform sends hundreds of calls a second with one key. Remembered for five seconds, so long may a revoked key still
// work; one that is not known is looked up every time.
function cachedLookUp(db: Db): LookUp {
  const remembered = new Map<string, { readonly identity: Identity; readonly untilMs: number }>();
  return async (hash) => {
    const entry = remembered.get(hash);
    if (entry !== undefined && performance.now() < entry.untilMs) return entry.identity;
    remembered.delete(hash);
    const identity = await findIdentity(db, hash);
    if (identity === undefined) return undefined;
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(hash, { identity, untilMs: performance.now() + rememberedMs });
    return identity;
  };
}
