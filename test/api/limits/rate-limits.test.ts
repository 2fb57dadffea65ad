// Limits over HTTP: by key, intake by itself, strangers by address; and what is never limited.
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../minutebook';

// Time stands still. The description that a test starts with is asked for by a stranger.
const rateLimits = { calls: 20, intake: 4, strangers: 4, now: () => 0 };

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', rateLimits });
});
afterEach(() => book.close());

const call = (key: string, url = '/v1/prices') => book.call('GET', url, { key });
const times = async <Answer>(count: number, ask: () => Promise<Answer>) => {
  const answers: Answer[] = [];
  for (let each = 0; each < count; each++) answers.push(await ask());
  return answers;
};

test('a key may call so often a minute, is told how often still, and then when again', async () => {
  const answers = await times(21, () => call(book.keys.platform));
  expect(answers.slice(0, 20).map(({ status }) => status)).toEqual(Array(20).fill(200));
  const [first, last] = [answers[0]?.headers, answers.at(-1)];
  expect([first?.['ratelimit-policy'], first?.['ratelimit']]).toEqual(['"calls";q=20;w=60', '"calls";r=19;t=3']);
  expect(last).toMatchObject({
    status: 429,
    body: { code: 'rate_limited', retryable: true, detail: expect.stringContaining('RATE_LIMIT') },
    headers: { 'ratelimit-policy': '"calls";q=20;w=60', ratelimit: '"calls";r=0;t=3', 'retry-after': '3' },
  });
  // Another key is another caller.
  expect((await call(book.keys.admin)).status).toBe(200);
});

test('what is refused for its content counts as well', async () => {
  await times(20, () => call(book.keys.platform, '/v1/audit'));
  expect((await call(book.keys.platform)).status).toBe(429);
});

test('intake is a class by itself', async () => {
  await withAcme(book);
  const send = () => sendUsage(book, [report('2025-02-10T00:00:00Z', '2025-02-10T01:00:00Z')]);
  const answers = await times(5, send);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 429]);
  expect(answers[4]).toMatchObject({ headers: { 'ratelimit-policy': '"intake";q=4;w=60', 'retry-after': '15' } });
  expect((await call(book.keys.platform)).status).toBe(200);
});

test('a visit to the billing page is a caller, too', async () => {
  await withAcme(book);
  const link = await book.call<{ url: string }>('POST', '/v1/workspaces/acme/billing-page', { body: {} });
  const { pathname } = new URL(link.body.url);
  const { headers } = await book.call('GET', pathname, { key: '' });
  const cookie = String(headers['set-cookie']).split(';')[0];
  const look = () => book.call('GET', '/v1/workspaces/acme', { key: '', headers: { cookie } });
  expect((await times(21, look)).map(({ status }) => status)).toEqual([...Array(20).fill(200), 429]);
});

describe('without a key, or with none that opens anything', () => {
  const stranger = `mb_admin_${'x'.repeat(43)}`;

  test('an address may call so often, and then its keys are not even looked up', async () => {
    const answers = await times(4, () => call(stranger));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    expect(answers[3]?.headers).toMatchObject({ 'ratelimit-policy': '"strangers";q=4;w=60', 'retry-after': '15' });
    const asked: string[] = [];
    book.db.on('query', ({ sql }: { readonly sql: string }) => asked.push(sql));
    expect((await call(stranger)).status).toBe(429);
    expect(asked).toEqual([]);
  });

  test('whoever is known goes on from the same address', async () => {
    expect((await call(book.keys.platform)).status).toBe(200);
    await times(4, () => call(stranger));
    expect((await call('')).status).toBe(429);
    expect((await call(book.keys.platform)).status).toBe(200);
  });

  test('pages are counted with it, and refused as a page', async () => {
    const answers = await times(4, () => book.call('GET', `/pay/${'x'.repeat(43)}`, { key: '' }));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 429]);
    expect(answers[3]).toMatchObject({ headers: { 'retry-after': '15' } });
    expect(String(answers[3]?.body)).toMatch(/<html/);
  });

  test('health, metrics and what Stripe sends are answered always', async () => {
    await times(4, () => call(stranger));
    for (const url of ['/health/live', '/health/ready', '/metrics']) expect((await call('', url)).status).toBe(200);
    expect((await book.call('POST', '/v1/stripe/webhook', { key: '', body: {} })).status).toBe(409);
  });
});

test('zero is no limit, and nothing is said of one', async () => {
  const other = await startMinutebook({
    now: '2025-02-10T12:00:00Z',
    rateLimits: { calls: 0, intake: 0, strangers: 0 },
  });
  const answers = await times(30, () => other.call('GET', '/v1/prices'));
  expect(answers.every(({ status, headers }) => status === 200 && headers['ratelimit'] === undefined)).toBe(true);
  await other.close();
});

test.each([
  [['127.0.0.0/8'], [404, 404]],
  [[], [404, 429]],
])('with the proxies %j trusted, strangers behind them are answered %j', async (trustedProxies, statuses) => {
  const other = await startMinutebook({
    now: '2025-02-10T12:00:00Z',
    // Whoever read the description was the first.
    rateLimits: { calls: 0, intake: 0, strangers: 2 },
    trustedProxies,
  });
  const answers: number[] = [];
  for (const from of ['203.0.113.1', '203.0.113.2']) {
    const headers = { 'x-forwarded-for': from };
    answers.push((await other.call('GET', `/pay/${'x'.repeat(43)}`, { key: '', headers })).status);
  }
  expect(answers).toEqual(statuses);
  await other.close();
});
