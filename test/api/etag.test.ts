// Copies: whatever is read of somebody's data is known again by its tag, and answered whole once it says something else.
import { routesOf } from '../../api/access';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', freeCreditsUsd: '1' });
  await withAcme(book);
  await sendUsage(book, [report('2025-01-02T00:00:00Z', '2025-01-03T20:00:00Z')], '2025-02-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  const range = { model: 'm', from: '2025-01-02T00:00:00Z', to: '2025-01-02T00:10:00Z' };
  await book.call('POST', '/v1/workspaces/acme/corrections', { body: { key: 'k', reason: 'stuck', void: [range] } });
});
afterAll(() => book.close());

const pathOf = (url: string) =>
  url
    .replace(':workspace', 'acme')
    .replace(':invoice', 'inv:acme:2025-01:usage:1')
    .replace(':note', 'cn:acme:1')
    .replace(':key', 'k')
    .replace(':endpoint', 'whe_0123456789abcdef')
    .replace(':day', '2025-01-02')
    .replace('/replicas', '/replicas?model=m');

const read = (path: string, tag?: string) =>
  book.call<unknown>('GET', path, tag === undefined ? {} : { headers: { 'if-none-match': tag } });

test('all that is read of somebody is tagged, kept by nobody else, and not sent to whoever has it', async () => {
  const guarded = routesOf(book.app).filter(({ method, access }) => method === 'GET' && access !== 'open');
  const absent: string[] = [];
  for (const { url } of guarded) {
    const whole = await read(pathOf(url));
    if (whole.status === 404) {
      absent.push(url);
      continue;
    }
    const tag = String(whole.headers['etag']);
    expect([url, whole.status, whole.headers['cache-control'], tag]).toEqual([
      ...[url, 200, 'private, no-cache'],
      expect.stringMatching(/^(W\/)?"[\w-]+"$/),
    ]);
    for (const known of [tag, `"other", ${tag}`]) {
      const { status, body, headers } = await read(pathOf(url), known);
      expect([url, status, body, headers['etag']]).toEqual([url, 304, undefined, tag]);
    }
    expect([url, (await read(pathOf(url), '"other"')).status]).toEqual([url, 200]);
  }
  expect(absent.sort()).toEqual(['/v1/webhook-endpoints/:endpoint', '/v1/workspaces/:workspace/payment-method']);
});

test.each([
  ['/v1/workspaces/acme/credits', () => grant()],
  ['/v1/workspaces/acme/usage', () => use('2025-02-02')],
  ['/v1/workspaces/acme/usage/hours?from=2025-02-01T00:00:00Z&to=2025-02-10T00:00:00Z', () => use('2025-02-03')],
  ['/v1/invoices/inv:acme:2025-01:usage:1', () => credit('n1')],
  ['/v1/workspaces/acme/invoices', () => credit('n2')],
])('%s is whole again once it says something else', async (path, change) => {
  const { headers } = await read(path);
  await change();
  const again = await read(path, String(headers['etag']));
  expect([again.status, again.headers['etag'] === headers['etag']]).toEqual([200, false]);
});

const grant = () =>
  book.call('POST', '/v1/workspaces/acme/grants', {
    body: { key: 'g', kind: 'promotional', amount: '1', validFrom: '2025-02-01T00:00:00Z' },
  });
const use = async (day: string) => {
  await sendUsage(book, [report(`${day}T00:00:00Z`, `${day}T01:00:00Z`)]);
  await book.meter();
};
const credit = (key: string) =>
  book.call('POST', '/v1/invoices/inv:acme:2025-01:usage:1/credit-notes', {
    body: { key, amount: '0.01', reason: 'goodwill' },
  });

test('the hours that an invoice billed are not read to tell that they are the same', async () => {
  const path = '/v1/invoices/inv:acme:2025-01:usage:1/usage.csv';
  const { headers } = await read(path);
  const asked: string[] = [];
  book.db.on('query', ({ sql }: { readonly sql: string }) => asked.push(sql));
  expect((await read(path, String(headers['etag']))).status).toBe(304);
  expect(asked.filter((sql) => sql.includes('invoice_usage'))).toEqual([]);
});

test('what changes something is not tagged, nor is what is refused', async () => {
  for (const answer of [await grant(), await read('/v1/workspaces/nobody'), await read('/v1/prices?limit=0')]) {
    expect(answer.headers['etag']).toBeUndefined();
  }
});
