// Every route that is registered, with every role: who may call it, and whose data a workspace's key gets.
import { fastify } from 'fastify';
import { type Access, guardRoutes, routesOf } from '../../api/access';
import { gatherKeyUses } from '../../api/key-uses';
import { knownKeys } from '../../api/known-keys';
import { createApiKey } from '../../commands/create-key';
import type { Role } from '../../db/accounts/api-keys';
import { roles as allRoles } from '../../domain/keys';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
let keys: { readonly [role in Role]: string };
/** Keys of an admin that open nothing any more, and one that never did. */
let wrong: { readonly [what: string]: string };
let spare: string;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', freeCreditsUsd: '0' });
  const used = (workspace: string) => report('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z', { workspace });
  await withAcme(book);
  await withAcme(book, 'other');
  await sendUsage(book, [used('acme'), used('other')], '2025-02-01T00:00:00Z');
  await book.meter();
  for (const workspace of ['acme', 'other']) {
    await book.activities.billing.finalizeInvoice({ workspace, month: '2025-01' });
    const range = { model: 'm', from: '2025-01-02T00:00:00Z', to: '2025-01-02T00:10:00Z' };
    const body = { key: 'k', reason: 'stuck', void: [range] };
    const { status } = await book.call('POST', `/v1/workspaces/${workspace}/corrections`, { body });
    expect(status).toBe(201);
  }
  const workspace = await createApiKey(book.db, { role: 'workspace', name: 'page', workspace: 'acme' });
  const read = await createApiKey(book.db, { role: 'read', name: 'auditor' });
  keys = { ...book.keys, workspace, read };
  wrong = await wrongKeys();
});
afterAll(() => book.close());

type Made = { readonly id: string; readonly key: string };

async function wrongKeys() {
  const make = async (name: string, more: object = {}) =>
    (await book.call<Made>('POST', '/v1/keys', { body: { role: 'admin', name, ...more } })).body;
  const [expired, revoked, rotated, free] = [
    await make('expired', { expiresAt: '2025-02-10T12:00:01Z' }),
    await make('revoked'),
    await make('rotated'),
    await make('spare'),
  ];
  spare = free.id;
  for (const { key } of [expired, revoked, rotated]) {
    expect((await book.call('GET', '/v1/prices', { key })).status).toBe(200);
  }
  book.setClock('2025-02-10T12:00:01Z');
  await book.call('DELETE', `/v1/keys/${revoked.id}`);
  await book.call('POST', `/v1/keys/${rotated.id}/rotate`, { body: { validFor: '0s' } });
  const unknown = `mb_admin_${'x'.repeat(43)}`;
  return { expired: expired.key, revoked: revoked.key, rotated: rotated.key, unknown, none: '' };
}

const everybody: readonly Role[] = ['platform', 'admin', 'workspace'];
const operators: readonly Role[] = ['platform', 'admin'];

const accesses: { readonly [route: string]: Access } = {
  'GET /health/live': 'open',
  'GET /health/ready': 'open',
  'GET /health/metering': 'open',
  'GET /health/mail': 'open',
  'GET /health/payments': 'open',
  'GET /health/guard': 'open',
  'GET /health/stripe-events': 'open',
  'GET /metrics': 'open',
  'GET /openapi.json': 'open',
  'GET /llms.txt': 'open',
  'GET /docs': 'open',
  'GET /docs/start.js': 'open',
  'GET /docs/:file': 'open',
  'GET /problems/:code': 'open',
  'GET /v1/audit': { roles: ['admin'], of: 'nobody', noReaders: true },
  'POST /v1/keys': { roles: ['admin'], of: 'nobody', noReaders: true },
  'GET /v1/keys': { roles: ['admin'], of: 'nobody', noReaders: true },
  'POST /v1/keys/:id/rotate': { roles: ['admin'], of: 'nobody', noReaders: true },
  'DELETE /v1/keys/:id': { roles: ['admin'], of: 'nobody', noReaders: true },
  'POST /v1/usage': { roles: operators, of: 'nobody' },
  'GET /v1/quarantine': { roles: operators, of: 'nobody' },
  'POST /v1/quarantine/replay': { roles: operators, of: 'nobody' },
  'POST /v1/quarantine/drop': { roles: ['admin'], of: 'nobody' },
  'GET /v1/sources': { roles: operators, of: 'nobody' },
  'GET /v1/set-aside': { roles: operators, of: 'nobody' },
  'GET /v1/guard/episodes': { roles: ['admin'], of: 'nobody' },
  'GET /v1/guard/episodes/summary': { roles: ['admin'], of: 'nobody' },
  'PUT /v1/prices': { roles: ['admin'], of: 'nobody' },
  'GET /v1/prices': { roles: operators, of: 'nobody' },
  'GET /v1/workspaces': { roles: operators, of: 'nobody' },
  'PUT /v1/workspaces/:workspace': { roles: operators, of: 'path' },
  'PATCH /v1/workspaces/:workspace/billing': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace': { roles: everybody, of: 'path' },
  'POST /v1/workspaces/:workspace/billing-page': { roles: operators, of: 'path' },
  'GET /v1/workspaces/:workspace/session': { roles: everybody, of: 'path' },
  'GET /billing/enter/:token': 'open',
  'GET /billing/:workspace': 'open',
  'GET /billing/:workspace/*': 'open',
  'POST /billing/:workspace/sign-out': 'open',
  'PUT /v1/workspaces/:workspace/terms': { roles: ['admin'], of: 'path' },
  'GET /v1/workspaces/:workspace/terms': { roles: everybody, of: 'path' },
  'POST /v1/workspaces/:workspace/grants': { roles: ['admin'], of: 'path' },
  'POST /v1/workspaces/:workspace/grants/:key/end': { roles: ['admin'], of: 'path' },
  'GET /v1/workspaces/:workspace/credits': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/credits/statement': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/forecast': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/usage': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/usage/hours': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/usage/days': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/usage/days/:day': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/usage/replicas': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/invoices': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/invoices/upcoming': { roles: everybody, of: 'path' },
  'GET /v1/invoices/:invoice/pdf': { roles: everybody, of: 'handler' },
  'GET /v1/invoices/:invoice/csv': { roles: everybody, of: 'handler' },
  'GET /v1/invoices/:invoice/usage.csv': { roles: everybody, of: 'handler' },
  'GET /v1/invoices/:invoice/payments': { roles: everybody, of: 'handler' },
  'POST /v1/invoices/:invoice/pay': { roles: everybody, of: 'handler' },
  'POST /v1/invoices/:invoice/payments': { roles: ['admin'], of: 'handler' },
  'POST /v1/invoices/:invoice/write-off': { roles: ['admin'], of: 'handler' },
  'POST /v1/workspaces/:workspace/corrections': { roles: ['admin'], of: 'path' },
  'GET /v1/workspaces/:workspace/corrections': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/corrections/:key': { roles: everybody, of: 'path' },
  'DELETE /v1/workspaces/:workspace/corrections/:key': { roles: ['admin'], of: 'path' },
  'POST /v1/invoices/:invoice/credit-notes': { roles: ['admin'], of: 'nobody' },
  'POST /v1/invoices/:invoice/void': { roles: ['admin'], of: 'nobody' },
  'GET /v1/invoices/:invoice/credit-notes': { roles: everybody, of: 'handler' },
  'GET /v1/credit-notes/:note': { roles: everybody, of: 'handler' },
  'GET /v1/credit-notes/:note/pdf': { roles: everybody, of: 'handler' },
  'GET /v1/credit-notes/:note/csv': { roles: everybody, of: 'handler' },
  'POST /v1/invoices/:invoice/refunds': { roles: ['admin'], of: 'nobody' },
  'GET /v1/invoices/:invoice/refunds': { roles: everybody, of: 'handler' },
  'GET /v1/invoices/:invoice': { roles: everybody, of: 'handler' },
  'GET /v1/workspaces/:workspace/periods': { roles: everybody, of: 'path' },
  'POST /v1/workspaces/:workspace/periods/:month/close': { roles: ['admin'], of: 'path' },
  'POST /v1/workspaces/:workspace/payment-method/setup': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/payment-method': { roles: everybody, of: 'path' },
  'DELETE /v1/workspaces/:workspace/payment-method': { roles: everybody, of: 'path' },
  'GET /v1/workspaces/:workspace/gate': { roles: everybody, of: 'path' },
  'GET /v1/gates': { roles: operators, of: 'nobody' },
  'POST /v1/workspaces/:workspace/refused-deploys': { roles: operators, of: 'path' },
  'GET /v1/workspaces/:workspace/guard': { roles: everybody, of: 'path' },
  'POST /v1/workspaces/:workspace/suspension': { roles: ['admin'], of: 'path' },
  'DELETE /v1/workspaces/:workspace/suspension': { roles: ['admin'], of: 'path' },
  'PUT /v1/workspaces/:workspace/past-due-pause': { roles: ['admin'], of: 'path' },
  'DELETE /v1/workspaces/:workspace/past-due-pause': { roles: ['admin'], of: 'path' },
  'GET /pay/:token': 'open',
  'GET /method/:token': 'open',
  'GET /v1/links/:token': 'open',
  'POST /v1/links/:token': 'open',
  'GET /return': 'open',
  'GET /return/:session': 'open',
  'POST /v1/stripe/webhook': 'open',
  'GET /v1/workspaces/:workspace/emails': { roles: everybody, of: 'path' },
  'POST /v1/emails/:key/resend': { roles: ['admin'], of: 'nobody' },
  'POST /v1/mail/bounces': { roles: ['admin'], of: 'nobody' },
  'POST /v1/webhook-endpoints': { roles: ['admin'], of: 'nobody', noReaders: true },
  'GET /v1/webhook-endpoints': { roles: ['admin'], of: 'nobody', noReaders: true },
  'GET /v1/webhook-endpoints/:endpoint': { roles: ['admin'], of: 'nobody', noReaders: true },
  'PATCH /v1/webhook-endpoints/:endpoint': { roles: ['admin'], of: 'nobody', noReaders: true },
  'DELETE /v1/webhook-endpoints/:endpoint': { roles: ['admin'], of: 'nobody', noReaders: true },
  'POST /v1/webhook-endpoints/:endpoint/rotate-secret': { roles: ['admin'], of: 'nobody', noReaders: true },
  'POST /v1/webhook-endpoints/:endpoint/test': { roles: ['admin'], of: 'nobody' },
  'POST /v1/webhook-endpoints/:endpoint/replay': { roles: ['admin'], of: 'nobody' },
  'GET /v1/webhook-events': { roles: operators, of: 'nobody' },
  'GET /v1/webhook-deliveries': { roles: operators, of: 'nobody' },
};

test('every route is one that is listed here, with its access', () => {
  const registered = routesOf(book.app).filter(({ method }) => method !== 'HEAD');
  const found = Object.fromEntries(registered.map(({ method, url, access }) => [`${method} ${url}`, access]));
  expect(found).toEqual(accesses);
});

test('what HEAD tells is told to those who may GET', () => {
  const accessOf = (method: string) =>
    Object.fromEntries(
      routesOf(book.app).flatMap((route) => (route.method === method ? [[route.url, route.access]] : [])),
    );
  expect(accessOf('HEAD')).toEqual(accessOf('GET'));
});

// Bodies are judged after the caller: an empty one tells that the caller was let through, without changing anything.
const ask = (route: string, { workspace, key }: { readonly workspace: string; readonly key: string }) => {
  const [method, url = ''] = route.split(' ');
  const path = url
    .replace(':workspace', workspace)
    .replace(':invoice', `inv:${workspace}:2025-01:usage:1`)
    .replace(':note', `cn:${workspace}:1`)
    .replace(':key', 'k')
    .replace(':month', '2025-01')
    .replace(':id', spare);
  return book.call(method as 'GET', path, { key, ...(method === 'GET' ? {} : { body: 0 }) });
};

const guarded = Object.entries(accesses).flatMap(([route, access]) =>
  access === 'open' ? [] : [{ route, ...access }],
);
// 415: raw messages are no JSON.
const letThrough = [200, 400, 415];

// Something to read, and to remove, each time anew.
beforeEach(async () => {
  await book.db('payment_methods').delete();
  const method = { type: 'card', brand: 'visa', last4: '4242', added_at: '2025-01-01', updated_at: '2025-01-01' };
  await book
    .db('payment_methods')
    .insert(['acme', 'other'].map((id) => ({ ...method, workspace_id: id, method: `pm_${id}` })));
});

test.each(guarded)('$route is for keys of $roles, and of readers where it only reads', async (access) => {
  const { route, roles } = access;
  for (const role of allRoles) {
    const { status } = await ask(route, { workspace: 'acme', key: keys[role] });
    const isRead = role === 'read' && route.startsWith('GET ') && !('noReaders' in access);
    const mayCall = isRead || roles.includes(role);
    expect([role, mayCall ? letThrough.includes(status) : status]).toEqual([role, mayCall ? true : 403]);
  }
});

test.each(guarded)(
  '$route is refused to no key, and to one that is unknown, expired, revoked or replaced',
  async ({ route }) => {
    for (const [what, key] of Object.entries(wrong)) {
      const { status } = await ask(route, { workspace: 'acme', key });
      expect([what, status]).toEqual([what, 401]);
    }
  },
);

const ofOne = guarded.filter(({ roles, of }) => of !== 'nobody' && roles.includes('workspace'));

test.each(ofOne)("$route of another workspace is not there for a workspace's key", async ({ route }) => {
  expect((await ask(route, { workspace: 'other', key: keys.workspace })).status).toBe(404);
  expect(letThrough).toContain((await ask(route, { workspace: 'other', key: keys.admin })).status);
});

// Whoever calls these shows that he may by something else than a key: a link's token, a session's id, a signature.
const byOtherMeans: { readonly [route: string]: number } = {
  'GET /billing/enter/:token': 404,
  'GET /billing/:workspace': 401,
  'GET /billing/:workspace/*': 401,
  'POST /billing/:workspace/sign-out': 403,
  'GET /pay/:token': 404,
  'GET /v1/links/:token': 404,
  'GET /method/:token': 404,
  'POST /v1/links/:token': 404,
  'GET /return/:session': 404,
  'GET /docs/:file': 404,
  'GET /problems/:code': 404,
  'POST /v1/stripe/webhook': 409,
};

test('what is open needs no key', async () => {
  for (const [route, access] of Object.entries(accesses)) {
    if (access !== 'open') continue;
    expect([route, (await ask(route, { workspace: '', key: '' })).status]).toEqual([route, byOtherMeans[route] ?? 200]);
  }
});

describe('a route does not start', () => {
  const register = (url: string, config?: { access: Access }) => {
    const app = fastify();
    const { db, clock } = book.connections;
    guardRoutes(app, knownKeys({ db, clock, uses: gatherKeyUses(db) }));
    return () => app.get(url, config === undefined ? {} : { config }, () => 'data');
  };

  test('without access', () => {
    expect(register('/v1/refunds/:refund')).toThrow('GET /v1/refunds/:refund does not say who may call it');
  });

  test('that is of the workspace in its path, where the path names none', () => {
    const route = register('/v1/refunds/:refund', { access: { roles: ['workspace'], of: 'path' } });
    expect(route).toThrow('its path has no :workspace');
  });

  test("that is of nobody and open to a workspace's key", () => {
    const route = register('/v1/refunds', { access: { roles: ['workspace'], of: 'nobody' } });
    expect(route).toThrow('does not say whose data it is about');
  });

  test('and does with access', () => {
    expect(register('/v1/refunds/:refund', { access: { roles: ['admin'], of: 'nobody' } })).not.toThrow();
  });
});
