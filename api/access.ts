// Who may call what: bearer keys, and what each route says of who may call it and whose data it is about.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../commands/connections';
import type { FoundKey, Identity, Role } from '../db/accounts/api-keys';
import type { Author } from '../db/accounts/audit';
import { noSuchWorkspace } from '../db/accounts/workspaces';
import { MinutebookError } from '../domain/errors';
import { workspaceOfDocument } from '../domain/ids';
import { leadsBack } from '../domain/return-origins';
import type { Api } from './api';
import type { KnownKeys } from './known-keys';
import { type RateLimits, rateLimits } from './limits/rate-limits';
import { answerBrowser } from './page/answers';
import { assertJson, assertSameOrigin } from './page/same-origin';
import type { FoundVisit, Visits } from './page/visits';

/** Everybody with a key; a workspace's own key reads that workspace only. */
export const everyRole: readonly Role[] = ['platform', 'admin', 'workspace'];
export const operators: readonly Role[] = ['platform', 'admin'];
export const adminsOnly: readonly Role[] = ['admin'];

/**
 * Who may call a route. `open`: everybody, without a key. Else keys of these roles, and whose data it is about: of the
 * workspace that the path names (`path`, judged before the handler runs), of one that only the handler can tell
 * (`handler`, which judges by `callerOf`), or of no one workspace (`nobody`, so never for a workspace's key). Keys of the
 * role `read` may call whatever only reads, without being named, except where it is for `noReaders`.
 */
export type Access =
  | 'open'
  | { readonly roles: readonly Role[]; readonly of: 'path' | 'handler' | 'nobody'; readonly noReaders?: true };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Whether it reads compressed bodies. */
    unfolds?: true;
  }
}

export type GuardedRoute = { readonly method: string; readonly url: string; readonly access: Access };

const guarded = new WeakMap<FastifyInstance, GuardedRoute[]>();

/** Every route that an app has, with who may call it. */
export function routesOf(app: FastifyInstance): readonly GuardedRoute[] {
  return guarded.get(app) ?? [];
}

/** Who calls, under a name that no other key and no other visit has. */
type Caller = Identity & { readonly id: string };

const callers = new WeakMap<FastifyRequest, Caller>();
const visits = new WeakMap<FastifyRequest, FoundVisit>();

/** Visits of the billing page, where its browsers reach it, and where they may be led back to. */
type Browsers = { readonly visits: Visits } & Pick<Settings, 'publicUrl' | 'returnOrigins'>;

/**
 * Judges every request before its body is read: by its key, or by the visit of the billing page that a browser is on; and
 * counts it. To be called before there are routes: one without access is refused.
 */
export function guardRoutes(
  app: FastifyInstance,
  keys: KnownKeys,
  { browsers, limits = rateLimits() }: { readonly browsers?: Browsers; readonly limits?: RateLimits } = {},
): void {
  const routes: GuardedRoute[] = [];
  guarded.set(app, routes);
  app.addHook('onRoute', ({ method, url, config }) => {
    const access = soundAccess(`${method} ${url}`, config?.access);
    for (const each of [method].flat()) routes.push({ method: each, url, access });
  });
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    // Only the answer that there is no such route has none.
    if (access === undefined) return;
    if (access === 'open') return limits.countStranger(request, reply);
    const isByKey = browsers === undefined || request.headers.authorization !== undefined;
    const visit = isByKey ? undefined : await visitOf(request, browsers);
    if (visit !== undefined) answerBrowser(reply);
    const caller = visit === undefined ? await keyOf(request, reply, { keys, limits }) : callerOn(visit);
    limits.countCaller(request, reply, caller.id);
    callers.set(request, caller);
    if (visit !== undefined) visits.set(request, visit);
    admit(request, { access, identity: caller });
  });
}

function bearerKey({ headers }: FastifyRequest): string | undefined {
  const [, key] = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '') ?? [];
  return key;
}

function callerOn({ hash, workspace }: FoundVisit): Caller {
  return { id: `visit:${hash}`, role: 'workspace', name: 'billing page', workspace };
}

// A key that was never seen is looked up: not for whoever has come with too many that are none.
async function keyOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { keys, limits }: { readonly keys: KnownKeys; readonly limits: RateLimits },
): Promise<FoundKey> {
  const key = bearerKey(request);
  if (key === undefined || !keys.hasSeen(key)) limits.refuseStranger(request, reply);
  const found = key === undefined ? undefined : await keys.find(key);
  if (found !== undefined) return found;
  limits.countStranger(request, reply);
  reply.header('www-authenticate', 'Bearer');
  throw new MinutebookError({ code: 'unauthorized', detail: unauthorized });
}

/** Who calls. */
export function callerOf(request: FastifyRequest): Caller {
  const identity = callers.get(request);
  if (identity === undefined) throw new Error(`api: ${request.routeOptions.url} has no access named`);
  return identity;
}

/** What only the caller has: his key, or his visit. */
export function credentialOf(request: FastifyRequest): string {
  return bearerKey(request) ?? callerOf(request).id;
}

/** The visit of the billing page that a request is part of; undefined where it came with a key. */
export function visitOfCaller(request: FastifyRequest): FoundVisit | undefined {
  return visits.get(request);
}

/** The caller as the audit log has it, with the time of the call. */
export async function authorOf(request: FastifyRequest, { clock }: Pick<Api, 'clock'>): Promise<Author> {
  const { role, name } = callerOf(request);
  return { actor: `${role}:${name}`, nowMs: await clock() };
}

const unauthorized =
  'expected the header "Authorization: Bearer <key>" with a key that is known, not revoked and not expired';

function admit(
  request: FastifyRequest,
  { access, identity }: { readonly access: Exclude<Access, 'open'>; readonly identity: Identity },
): void {
  const roles = rolesOf(access, request.method);
  if (!roles.includes(identity.role)) {
    const detail = `expected a key of the role ${roles.join(' or ')}, came one of the role ${identity.role}`;
    throw new MinutebookError({ code: 'forbidden', detail });
  }
  // Of other workspaces a workspace's key does not even learn that they exist.
  if (identity.role !== 'workspace' || access.of !== 'path') return;
  const { workspace = '' } = request.params as { readonly workspace?: string };
  if (workspace !== identity.workspace) throw noSuchWorkspace(workspace);
}

/**
 * The roles whose keys may call a route by a method. What changes nothing is told by that, so that no new route can let a
 * reader change anything.
 */
export function rolesOf({ roles, noReaders }: Exclude<Access, 'open'>, method: string): readonly Role[] {
  const isReading = method === 'GET' || method === 'HEAD';
  return isReading && noReaders !== true ? [...roles, 'read'] : roles;
}

// A browser has no key. Its visit reads what a workspace's key may, and changes only by requests that a page of ours sends.
async function visitOf(request: FastifyRequest, browsers: Browsers): Promise<FoundVisit | undefined> {
  const workspace = workspaceNamed(request);
  const ofWorkspace = workspace === undefined ? undefined : await browsers.visits.find(request, workspace);
  const visit = ofWorkspace ?? (await browsers.visits.findAny(request));
  if (visit === undefined) return undefined;
  if (!visit.isUnderWay) {
    const { returnUrl } = visit;
    throw new MinutebookError({
      code: 'session_over',
      detail: 'this visit of the billing page is over: open it again',
      ...(returnUrl !== null && leadsBack(returnUrl, browsers.returnOrigins) ? { returnUrl } : {}),
    });
  }
  if (request.method === 'GET' || request.method === 'HEAD') return visit;
  assertSameOrigin(request, browsers.publicUrl);
  assertJson(request);
  if (!visit.isReadOnly) return visit;
  const detail = 'this visit of the billing page may only read: the platform opened it so';
  throw new MinutebookError({ code: 'forbidden', detail });
}

function workspaceNamed({ params }: FastifyRequest): string | undefined {
  const named = params as { readonly workspace?: string; readonly invoice?: string; readonly note?: string };
  return named.workspace ?? workspaceOfDocument(named.invoice ?? named.note ?? '');
}

// What a route does not say, nobody would miss until somebody reads what is not theirs.
function soundAccess(route: string, access: Access | undefined): Access {
  if (access === undefined) {
    throw new Error(`${route} does not say who may call it: give it config: { access: … } (api/access.ts)`);
  }
  if (access === 'open') return access;
  if (access.of === 'path' && !route.includes('/:workspace')) {
    throw new Error(`${route} is said to be of the workspace in its path, and its path has no :workspace`);
  }
  if (access.of === 'nobody' && access.roles.includes('workspace')) {
    throw new Error(`${route} is open to a workspace's key, and does not say whose data it is about`);
  }
  return access;
}
