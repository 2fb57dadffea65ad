// The way into the billing page, out of it, and what is said to those who do not get in.
import { removeOldPageVisits } from '../../../db/accounts/page-visits';
import { type Minutebook, startMinutebook, withAcme } from '../minutebook';
import { byPage, linkInto, onThePageOf, openBrowser, ownOrigin } from './browser';

const now = '2025-02-10T12:00:00Z';
const index = '<!doctype html><script type="module" src="/billing/assets/index-0a1b2c3d.js"></script>';
const fileOf = (type: string, text: string, isHashed: boolean) => ({ type, plain: Buffer.from(text), isHashed });

let book: Minutebook;
beforeAll(async () => {
  const files = new Map([
    ['index.html', fileOf('text/html; charset=utf-8', index, false)],
    ['assets/index-0a1b2c3d.js', fileOf('text/javascript; charset=utf-8', 'start()', true)],
  ]);
  book = await startMinutebook({ now, page: { files, platform: { name: 'Example Cloud' } } });
  await withAcme(book);
  await withAcme(book, 'other');
});
beforeEach(() => book.setClock(now));
afterAll(() => book.close());

const returnUrl = 'https://app.example.com/settings/billing';
const minutesLater = (minutes: number) =>
  book.setClock(new Date(Date.parse(now) + minutes * 60_000).toISOString().replace('.000', ''));

test('a link opens the page once, and gives the browser a cookie that no script sees', async () => {
  const browser = openBrowser(book);
  const link = await linkInto(book, 'acme', { view: 'invoices?period=2025-01' });
  expect(link).toMatch(/^https:\/\/billing\.example\.com\/billing\/enter\/[\w-]{43}$/);
  const entered = await browser.visit(link);
  expect([entered.statusCode, entered.headers['location']]).toEqual([
    303,
    `${ownOrigin}/billing/acme/invoices?period=2025-01`,
  ]);
  expect(String(entered.headers['set-cookie'])).toMatch(
    /^__Host-minutebook-[0-9a-f]{16}=[\w-]{43}; Path=\/; Max-Age=129600; HttpOnly; SameSite=Lax; Secure$/,
  );
  const page = await browser.visit('/billing/acme/invoices?period=2025-01');
  expect([page.statusCode, page.body]).toEqual([200, index]);
  expect((await openBrowser(book).visit(link)).statusCode).toBe(410);
});

test('two browsers that open a link at once do not both get in', async () => {
  const link = await linkInto(book, 'acme');
  const answers = await Promise.all([1, 2, 3, 4].map(() => openBrowser(book).visit(link)));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([303, 410, 410, 410]);
});

test.each([
  ['HEAD', {}],
  ['GET', { 'sec-purpose': 'prefetch;prerender' }],
  ['GET', { purpose: 'prefetch' }],
  ['GET', { 'sec-fetch-dest': 'image' }],
  ['GET', { 'sec-fetch-dest': 'iframe' }],
] as const)('%s with %j does not use a link up', async (method, headers) => {
  const link = await linkInto(book, 'acme');
  const ahead = await openBrowser(book).send(method, link, { headers });
  expect([ahead.statusCode, ahead.headers['set-cookie']]).toEqual([403, undefined]);
  expect((await openBrowser(book).visit(link)).statusCode).toBe(303);
});

test('the database keeps neither the token of the link nor that of the visit', async () => {
  const link = await linkInto(book, 'acme');
  const browser = openBrowser(book);
  await browser.visit(link);
  const kept = JSON.stringify([await book.db('page_links'), await book.db('page_sessions')]);
  const [session = ''] = [...browser.cookies.values()];
  expect(session).toHaveLength(43);
  for (const secret of [session, link.slice(-43)]) {
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
  }
});

test('going back to a link that was used leads to the visit that it began', async () => {
  const link = await linkInto(book, 'acme');
  const browser = openBrowser(book);
  await browser.visit(link);
  const again = await browser.visit(link);
  expect([again.statusCode, again.headers['location']]).toEqual([303, `${ownOrigin}/billing/acme`]);
});

test('an expired link says so, with the way back', async () => {
  const link = await linkInto(book, 'acme', { returnUrl });
  minutesLater(10);
  const page = await openBrowser(book).visit(link);
  expect([page.statusCode, page.body]).toEqual([410, expect.stringContaining('This link has expired')]);
  expect(page.body).toContain(`<a href="${returnUrl}">Back to Example Cloud</a>`);
});

test.each(['/billing/enter/short', `/billing/enter/${'x'.repeat(43)}`])('%s leads nowhere', async (url) => {
  const { statusCode, body } = await openBrowser(book).visit(url);
  expect([statusCode, body]).toEqual([404, expect.stringContaining('does not lead anywhere')]);
});

test.each(['enter', 'assets', 'index.html'])('a workspace may be called %s', async (workspace) => {
  await withAcme(book, workspace);
  const browser = await onThePageOf(book, workspace);
  for (const url of [`/billing/${workspace}`, `/billing/${workspace}/invoices`]) {
    expect([url, (await browser.visit(url)).body]).toEqual([url, index]);
  }
  expect((await openBrowser(book).visit(`/billing/${workspace}`)).statusCode).toBe(401);
});

test('without use a visit ends after half an hour, and use keeps it open', async () => {
  const browser = await onThePageOf(book, 'acme', { returnUrl });
  minutesLater(29);
  expect((await browser.ask('GET', '/v1/workspaces/acme/usage')).statusCode).toBe(200);
  minutesLater(58);
  expect((await browser.visit('/billing/acme')).statusCode).toBe(200);
  minutesLater(88);
  const closed = await browser.visit('/billing/acme/credits');
  expect([closed.statusCode, closed.body]).toEqual([401, expect.stringContaining(`<a href="${returnUrl}">`)]);
  const asked = await browser.ask('GET', '/v1/workspaces/acme/usage');
  expect(asked.json()).toMatchObject({ status: 401, code: 'session_over', returnUrl });
});

test('a patience of a minute begins anew with each use', async () => {
  const impatient = await startMinutebook({ now, page: { idleMs: 60_000 } });
  await withAcme(impatient);
  const browser = await onThePageOf(impatient, 'acme');
  const session = async (instant: string) => {
    impatient.setClock(instant);
    return (await browser.ask('GET', '/v1/workspaces/acme/session')).statusCode;
  };
  expect(await session('2025-02-10T12:00:40Z')).toBe(200);
  expect(await session('2025-02-10T12:01:20Z')).toBe(200);
  expect(await session('2025-02-10T12:02:20Z')).toBe(401);
  await impatient.close();
});

test('what the page asks by itself keeps no visit open', async () => {
  const browser = await onThePageOf(book, 'acme');
  minutesLater(29);
  const headers = { 'minutebook-background': '1' };
  expect((await browser.send('GET', '/v1/workspaces/acme/usage', { headers })).statusCode).toBe(200);
  minutesLater(30);
  expect((await browser.send('GET', '/v1/workspaces/acme/usage', { headers })).statusCode).toBe(401);
});

test('after twelve hours a visit ends, however much it is used, and its browser is still led back', async () => {
  const browser = await onThePageOf(book, 'acme', { returnUrl });
  for (let minutes = 20; minutes < 720; minutes += 20) {
    minutesLater(minutes);
    expect((await browser.visit('/billing/acme')).statusCode).toBe(200);
  }
  minutesLater(720);
  const closed = await browser.visit('/billing/acme');
  expect([closed.statusCode, closed.body]).toEqual([401, expect.stringContaining(`<a href="${returnUrl}">`)]);
  expect((await browser.ask('GET', '/v1/workspaces/acme/usage')).json()).toMatchObject({ returnUrl });
});

test('signing out ends the visit for good, and only a page of ours can do it', async () => {
  const browser = await onThePageOf(book, 'acme', { returnUrl });
  const cookies = new Map(browser.cookies);
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
  expect((await browser.send('POST', '/billing/acme/sign-out', { headers: foreign })).statusCode).toBe(403);
  expect((await browser.visit('/billing/acme')).statusCode).toBe(200);
  const left = await browser.send('POST', '/billing/acme/sign-out', { headers: byPage, body: '{}' });
  expect([left.statusCode, left.body]).toEqual([200, expect.stringContaining(returnUrl)]);
  expect(browser.cookies.size).toBe(0);
  const kept = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  expect((await openBrowser(book).visit('/billing/acme', { cookie: kept })).statusCode).toBe(401);
});

test('two workspaces in two tabs do not disturb each other', async () => {
  const browser = await onThePageOf(book, 'acme');
  await browser.visit(await linkInto(book, 'other'));
  expect(browser.cookies.size).toBe(2);
  for (const workspace of ['acme', 'other']) {
    expect((await browser.visit(`/billing/${workspace}`)).statusCode).toBe(200);
    expect((await browser.ask('GET', `/v1/workspaces/${workspace}/usage`)).statusCode).toBe(200);
  }
  await browser.send('POST', '/billing/acme/sign-out', { headers: byPage });
  expect((await browser.ask('GET', '/v1/workspaces/other/usage')).statusCode).toBe(200);
});

test('of a browser that opens the pages of many workspaces the oldest visits end, before its headers are too long', async () => {
  const browser = openBrowser(book);
  const many = Array.from({ length: 25 }, (_, nth) => `many-${nth}`);
  for (const workspace of many) {
    await withAcme(book, workspace);
    await browser.visit(await linkInto(book, workspace));
  }
  expect(browser.cookies.size).toBe(20);
  await browser.visit(await linkInto(book, 'many-24'));
  expect(browser.cookies.size).toBe(20);
  const open = await Promise.all(many.map(async (name) => (await browser.visit(`/billing/${name}`)).statusCode));
  expect(open).toEqual([...Array(5).fill(401), ...Array(20).fill(200)]);
});

test("a visit's cookie under another workspace's name opens nothing", async () => {
  const browser = await onThePageOf(book, 'acme');
  const other = await onThePageOf(book, 'other');
  const [session] = browser.cookies.values();
  const [name] = other.cookies.keys();
  const cookie = `${name}=${session}`;
  expect((await openBrowser(book).visit('/billing/other', { cookie })).statusCode).toBe(401);
  expect((await openBrowser(book).send('GET', '/v1/workspaces/other/usage', { headers: { cookie } })).statusCode).toBe(
    404,
  );
});

test('a page leads back to origins that are allowed alone', async () => {
  for (const refused of ['https://evil.example/', 'https://app.example.com.evil.example/', 'http://app.example.com/']) {
    const body = { returnUrl: refused };
    const { status, body: problem } = await book.call('POST', '/v1/workspaces/acme/billing-page', { body });
    expect([status, problem.faults?.[0]?.field]).toEqual([400, 'returnUrl']);
  }
});

test.each([
  '/usage',
  'a//b',
  '../other',
  'a/../b',
  './a',
  'usage/',
  '//evil.example',
  'https://evil.example/',
  'a b',
  '',
  '..',
  '..?period=2025-01',
  'usage/..?x=1',
  'usage/?x=1',
  '%2e%2e/%2E%2E/return',
  '.%2e/other',
  'usage/%2e',
  'usage/%',
])('the view %j is refused', async (view) => {
  const { status } = await book.call('POST', '/v1/workspaces/acme/billing-page', { body: { view } });
  expect(status).toBe(400);
});

test.each(['usage?period=2025-01', 'task/pay/inv:acme:2025-01:usage:1', 'lines/meta%20llama..v1', '..a/b...'])(
  'the view %j is shown first',
  async (view) => {
    const entered = await openBrowser(book).visit(await linkInto(book, 'acme', { view }));
    const to = new URL(String(entered.headers['location']));
    expect(`${to.pathname}${to.search}`).toBe(`/billing/acme/${view}`);
  },
);

test('a link into a workspace that is not there is not made', async () => {
  expect((await book.call('POST', '/v1/workspaces/nobody/billing-page', { body: {} })).status).toBe(404);
});

test('the page runs nothing but its own files, and nobody frames it', async () => {
  const browser = await onThePageOf(book, 'acme');
  const { headers } = await browser.visit('/billing/acme');
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  });
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  const file = await openBrowser(book).visit('/billing/assets/index-0a1b2c3d.js');
  expect([file.statusCode, file.body, file.headers['cache-control']]).toEqual([
    200,
    'start()',
    'public, max-age=31536000, immutable',
  ]);
  expect((await browser.visit('/billing/assets/index-00000000.js')).statusCode).toBe(404);
});

test('what is long over is swept away, and what is not stays', async () => {
  await book.db('page_links').delete();
  await book.db('page_sessions').delete();
  const browser = await onThePageOf(book, 'acme');
  const startMs = Date.parse(now);
  expect(await removeOldPageVisits(book.db, { overBeforeMs: startMs })).toBe(0);
  expect((await browser.visit('/billing/acme')).statusCode).toBe(200);
  expect(await removeOldPageVisits(book.db, { overBeforeMs: startMs + 13 * 3_600_000 })).toBe(2);
});
