import { createApiKey } from '../../commands/create-key';
import { type Minutebook, report, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
let workspaceKey: string;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  await withAcme(book);
  await withAcme(book, 'other');
  workspaceKey = await createApiKey(book.db, { role: 'workspace', name: 'page', workspace: 'acme' });
});
afterAll(() => book.close());

type Document = { paths: Record<string, Record<string, { security?: unknown[] }>> };

test('without a key only health and the description answer', async () => {
  const { body } = await book.call<Document>('GET', '/openapi.json', { key: '' });
  for (const [path, methods] of Object.entries(body.paths)) {
    for (const [method, { security }] of Object.entries(methods)) {
      const url = path.replace('{workspace}', 'acme').replace('{month}', '2025-01').replace('{invoice}', 'x');
      const answer = await book.call(method.toUpperCase() as 'GET', url, { key: '' });
      // The token in its address is what opens it.
      const open = path.startsWith('/v1/links/') ? 404 : 200;
      expect([path, answer.status]).toEqual([path, security?.length === 0 ? open : 401]);
      if (answer.status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  }
});

test.each([
  ['a key that nobody has', { key: 'mb_admin_wrong' }],
  ['another scheme', { key: '', headers: { authorization: 'Basic YTpi' } }],
])('%s is answered 401', async (_name, call) => {
  const { status, body } = await book.call('GET', '/v1/workspaces', call);
  expect([status, body.code]).toEqual([401, 'unauthorized']);
});

test('a revoked key is refused', async () => {
  const key = await createApiKey(book.db, { role: 'admin', name: 'old' });
  await book.db('api_keys').where({ name: 'old' }).update({ revoked_at: new Date() });
  expect((await book.call('GET', '/v1/workspaces', { key })).status).toBe(401);
});

test('keys are stored as hashes only', async () => {
  const rows = await book.db('api_keys').select('key_hash');
  expect(rows.every(({ key_hash }) => key_hash.length === 32)).toBe(true);
});

const usage = { source: 's', reports: [report('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z')] };
const grant = { key: 'g', amount: '1', kind: 'goodwill', validFrom: '2025-01-01T00:00:00Z' };
const terms = { effectiveFrom: '2025-02-01T00:00:00Z', plan: 'pro' };
const account = { name: 'Acme', billingEmail: 'billing@acme.example' };

// platform, admin, workspace (of acme)
test.each([
  ['POST', '/v1/usage', usage, [202, 202, 403]],
  ['PUT', '/v1/workspaces/acme', account, [200, 200, 403]],
  ['GET', '/v1/workspaces', undefined, [200, 200, 403]],
  ['GET', '/v1/workspaces/acme', undefined, [200, 200, 200]],
  ['GET', '/v1/workspaces/other', undefined, [200, 200, 404]],
  ['PUT', '/v1/prices', [], [403, 200, 403]],
  ['GET', '/v1/prices', undefined, [200, 200, 403]],
  ['PUT', '/v1/workspaces/acme/terms', terms, [403, 200, 403]],
  ['GET', '/v1/workspaces/acme/terms', undefined, [200, 200, 200]],
  ['POST', '/v1/workspaces/acme/grants', grant, [403, 201, 403]],
  ['GET', '/v1/workspaces/acme/usage', undefined, [200, 200, 200]],
  ['GET', '/v1/workspaces/other/usage', undefined, [200, 200, 404]],
  ['GET', '/v1/workspaces/acme/usage/hours', undefined, [200, 200, 200]],
  ['GET', '/v1/workspaces/acme/credits', undefined, [200, 200, 200]],
  ['GET', '/v1/workspaces/other/credits', undefined, [200, 200, 404]],
  ['GET', '/v1/workspaces/acme/invoices', undefined, [200, 200, 200]],
  ['GET', '/v1/workspaces/other/invoices/upcoming', undefined, [200, 200, 404]],
  ['GET', '/v1/workspaces/acme/periods', undefined, [200, 200, 200]],
  ['POST', '/v1/workspaces/acme/periods/2025-01/close', undefined, [403, 202, 403]],
  ['GET', '/v1/quarantine', undefined, [200, 200, 403]],
] as const)('%s %s is for the roles that may', async (method, url, body, statuses) => {
  const found: number[] = [];
  for (const key of [book.keys.platform, book.keys.admin, workspaceKey]) {
    found.push((await book.call(method, url, { key, body })).status);
  }
  expect(found).toEqual(statuses);
});

test('changes are in the audit log with who made them', async () => {
  const rows = await book.db('audit_log').select('actor', 'action', 'workspace_id').orderBy('id');
  expect(rows).toContainEqual({ actor: 'admin:tests', action: 'terms.changed', workspace_id: 'acme' });
  expect(rows).toContainEqual({ actor: 'admin:tests', action: 'grant.given', workspace_id: 'acme' });
  expect(rows).toContainEqual({ actor: 'admin:tests', action: 'period.close_requested', workspace_id: 'acme' });
});
