// What a visit of the billing page may ask of the API: what a workspace's key may, and nothing by anybody else's request.
import { type Minutebook, type Problem, report, sendUsage, startMinutebook, withAcme } from '../minutebook';
import { type Browser, byPage, linkInto, onThePageOf, openBrowser, ownOrigin } from './browser';

let book: Minutebook;
let browser: Browser;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', freeCreditsUsd: '0' });
  for (const workspace of ['acme', 'other']) {
    await withAcme(book, workspace);
    await sendUsage(book, [report('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z', { workspace })]);
  }
  await sendUsage(book, [], '2025-02-01T00:00:00Z');
  await book.meter();
  for (const workspace of ['acme', 'other']) {
    await book.activities.billing.finalizeInvoice({ workspace, month: '2025-01' });
  }
  browser = await onThePageOf(book, 'acme', { returnUrl: 'https://app.example.com/' });
});
afterAll(() => book.close());

const invoiceOf = (workspace: string) => `inv:${workspace}:2025-01:usage:1`;

test.each([
  '',
  '/usage',
  '/usage/hours',
  '/credits',
  '/invoices',
  '/invoices/upcoming',
  '/emails',
  '/periods',
  '/terms',
])('its own workspace%s is read, and another is not there', async (path) => {
  expect((await browser.ask('GET', `/v1/workspaces/acme${path}`)).statusCode).toBe(200);
  expect((await browser.ask('GET', `/v1/workspaces/other${path}`)).statusCode).toBe(404);
});

test.each(['', '/pdf', '/csv', '/usage.csv', '/payments', '/credit-notes', '/refunds'])(
  'its own invoice%s is read, and that of another is not there',
  async (path) => {
    expect((await browser.ask('GET', `/v1/invoices/${invoiceOf('acme')}${path}`)).statusCode).toBe(200);
    expect((await browser.ask('GET', `/v1/invoices/${invoiceOf('other')}${path}`)).statusCode).toBe(404);
  },
);

test.each([
  ['GET', '/v1/workspaces'],
  ['GET', '/v1/prices'],
  ['GET', '/v1/sources'],
  ['POST', '/v1/usage'],
  ['POST', '/v1/workspaces/acme/grants'],
  ['POST', '/v1/workspaces/acme/billing-page'],
  ['POST', `/v1/invoices/${invoiceOf('acme')}/void`],
] as const)('%s %s is not for it', async (method, url) => {
  expect((await browser.ask(method, url)).statusCode).toBe(403);
});

test('a history of invoices is read without their lines, of which a fleet has thousands', async () => {
  const path = '/v1/workspaces/acme/invoices';
  const { items } = (await browser.ask('GET', path)).json<{ items: { lines: unknown[] }[] }>();
  expect(items[0]?.lines).toHaveLength(1);
  const [first] = items;
  expect((await browser.ask('GET', `${path}?lines=none`)).json()).toEqual({ items: [{ ...first, lines: [] }] });
});

test('it is told whose page it is, and no key or token', async () => {
  const answer = await browser.ask('GET', '/v1/workspaces/acme/session');
  expect(answer.json()).toEqual({
    workspace: 'acme',
    name: 'Acme',
    readOnly: false,
    expiresAt: '2025-02-11T00:00:00Z',
    idleMinutes: 30,
    returnUrl: 'https://app.example.com/',
    platform: { name: 'Tests Platform' },
  });
});

test('it is not led back to an origin that was taken off the list since', async () => {
  const other = await onThePageOf(book, 'acme', { returnUrl: 'https://app.example.com/settings' });
  await book
    .db('page_sessions')
    .where({ return_url: 'https://app.example.com/settings' })
    .update({ return_url: 'https://gone.example/' });
  const answer = await other.ask('GET', '/v1/workspaces/acme/session');
  expect([answer.statusCode, answer.json<{ returnUrl?: string }>().returnUrl]).toEqual([200, undefined]);
});

test('no key or token of any kind is in an answer to it', async () => {
  const [session = ''] = browser.cookies.values();
  const secrets = [session, book.keys.admin, book.keys.platform];
  const urls = ['', '/session', '/usage', '/credits', '/invoices', '/emails'].map(
    (path) => `/v1/workspaces/acme${path}`,
  );
  for (const url of [...urls, '/billing/acme', '/openapi.json']) {
    const { body, headers } = await browser.ask('GET', url);
    const all = `${body}${JSON.stringify(headers)}`;
    for (const secret of secrets) expect([url, all.includes(secret)]).toEqual([url, false]);
    // Examples are cut short.
    expect([url, /mb_[a-z]+_[\w-]{20}/.exec(all)]).toEqual([url, null]);
  }
});

test('answers are for nobody else to keep or to read, and are known again', async () => {
  const first = await browser.ask('GET', '/v1/workspaces/acme/usage');
  expect(first.headers).toMatchObject({
    'cache-control': 'private, no-cache',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    vary: 'Cookie, Authorization',
  });
  expect(first.headers['access-control-allow-origin']).toBeUndefined();
  const tag = String(first.headers['etag']);
  const again = await browser.send('GET', '/v1/workspaces/acme/usage', { headers: { 'if-none-match': tag } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  const other = await browser.send('GET', '/v1/workspaces/acme/credits', { headers: { 'if-none-match': tag } });
  expect(other.statusCode).toBe(200);
});

let taxIds = 1000;
const change = {
  method: 'PATCH',
  url: '/v1/workspaces/acme/billing',
  body: () => `{"taxId":"DE${++taxIds}"}`,
} as const;
const form = 'application/x-www-form-urlencoded';
const json = 'application/json';

test.each<readonly [string, number, Readonly<Record<string, string>>]>([
  ['the page itself', 200, byPage],
  ['the page itself in a browser that says its origin alone', 200, { origin: ownOrigin, 'content-type': json }],
  ['a page that names its kind of JSON further', 200, { ...byPage, 'content-type': 'application/json; charset=utf-8' }],
  ['another site', 403, { ...byPage, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['another site that claims our origin', 403, { ...byPage, 'sec-fetch-site': 'cross-site' }],
  ['another site in an old browser', 403, { origin: 'https://evil.example', 'content-type': json }],
  ['a sister domain', 403, { ...byPage, 'sec-fetch-site': 'same-site', origin: 'https://app.example.com' }],
  ['another port', 403, { origin: `${ownOrigin}:8443`, 'content-type': json }],
  ['plain http', 403, { origin: ownOrigin.replace('https', 'http'), 'content-type': json }],
  ['a sandboxed frame', 403, { origin: 'null', 'content-type': json }],
  ['an address that was typed', 403, { 'sec-fetch-site': 'none', 'content-type': json }],
  ['whoever says nothing of where it comes from', 403, { 'content-type': json }],
  ['a form of ours', 415, { ...byPage, 'content-type': form }],
  ['a form that is plain text', 415, { ...byPage, 'content-type': 'text/plain' }],
  ['a form whose type begins like JSON', 415, { ...byPage, 'content-type': 'application/jsonp' }],
  ['whoever names no type', 415, { 'sec-fetch-site': 'same-origin', origin: ownOrigin }],
])('a change asked for by %s is answered %i', async (_who, status, headers) => {
  const { method, url, body } = change;
  const changes = async () => (await book.db('audit_log').select('id')).length;
  const before = await changes();
  expect((await browser.send(method, url, { headers, body: body() })).statusCode).toBe(status);
  expect(await changes()).toBe(status === 200 ? before + 1 : before);
});

test('an answer to the question of another site before its request names nobody who may', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'PATCH' };
  const answer = await book.app.inject({ method: 'OPTIONS', url: change.url, headers });
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('a change names the page in the audit log', async () => {
  await browser.ask('PATCH', change.url, { taxId: 'DE2' });
  const [last] = await book.db('audit_log').orderBy('id', 'desc').limit(1);
  expect(last).toMatchObject({ actor: 'workspace:billing page', workspace_id: 'acme' });
});

test('a visit that may only read changes nothing', async () => {
  const reader = await onThePageOf(book, 'acme', { readOnly: true });
  expect((await reader.ask('GET', '/v1/workspaces/acme/session')).json()).toMatchObject({ readOnly: true });
  for (const [method, url] of [
    ['PATCH', '/v1/workspaces/acme/billing'],
    ['DELETE', '/v1/workspaces/acme/payment-method'],
    ['POST', '/v1/workspaces/acme/payment-method/setup'],
  ] as const) {
    const answer = await reader.ask(method, url);
    expect([answer.statusCode, answer.json<Problem>().detail]).toEqual([403, expect.stringContaining('only read')]);
  }
});

test('a key that is sent beside the cookie is what counts', async () => {
  const { statusCode } = await browser.send('GET', '/v1/workspaces/acme/usage', {
    headers: { authorization: 'Bearer mb_wrong' },
  });
  expect(statusCode).toBe(401);
});

test('a browser without a visit is told that a key is needed', async () => {
  const stranger = openBrowser(book);
  expect((await stranger.ask('GET', '/v1/workspaces/acme/usage')).json<Problem>().code).toBe('unauthorized');
  const broken = { cookie: 'minutebook-; __Host-minutebook-0=; =; ;;a=b=c' };
  expect((await stranger.send('GET', '/v1/workspaces/acme/usage', { headers: broken })).statusCode).toBe(401);
});

test('a visit is judged by Postgres each time: ended there, it ends at once', async () => {
  const other = openBrowser(book);
  await other.visit(await linkInto(book, 'acme'));
  await book.db('page_sessions').update({ ended_at: '2025-02-10T12:00:00Z' }).whereNull('return_url');
  expect((await other.ask('GET', '/v1/workspaces/acme/usage')).statusCode).toBe(401);
});
