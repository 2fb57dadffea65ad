// What is said of each POST holds: those that need an Idempotency-Key do something without it and are done again with another one,
// and those that do not change nothing when they come again.

import { postsOf } from '../../../api/idempotency/idempotency';
import { type Post, posts } from '../../../api/idempotency/posts';
import type { OpenApi } from '../described';
import { type Answer, type Call, report, sendUsage } from '../minutebook';
import { invoiceId, type PayingBook, startPayingBook } from '../paying-book';

const domain = 'bounces.example.com';

let book: PayingBook;
beforeAll(async () => {
  book = await startPayingBook(undefined, { settings: { isMailing: true, mailReturnDomain: domain } });
  await book.issue();
});
afterAll(() => book.close());

type Made = { readonly id: string; readonly code?: string };
type Asked = Call & { readonly path: string };
const ask = ({ path, ...call }: Asked, idempotencyKey: string | null) =>
  book.call<Made>('POST', path, { ...call, idempotencyKey });

/** Everything that is stored, but the answers themselves and when keys were used last. */
async function stored(): Promise<unknown> {
  const { rows: tables } = await book.db.raw(`
    select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'idempotent_calls' order by 1`);
  const all = tables.map(
    ({ name }: { readonly name: string }) => `
      select '${name}' as name, md5(string_agg(content, ',' order by content)) as content
      from (select (to_jsonb(each) - 'last_used_at')::text as content from "${name}" as each) as contents`,
  );
  const { rows } = await book.db.raw(all.join(' union all '));
  return Object.fromEntries(
    rows.map((row: { readonly name: string; readonly content: string | null }) => [row.name, row.content]),
  );
}

const ofKind = (kind: Post['key']) => Object.keys(posts).filter((route) => posts[route]?.key === kind);

test('something is said of every POST that there is, and of no other', () => {
  expect([...postsOf(book.app)].sort()).toEqual(Object.entries(posts).sort());
});

test('each says why', () => {
  for (const [route, { because }] of Object.entries(posts))
    expect([route, because]).toEqual([route, expect.stringMatching(/\w/)]);
});

const made = async (path: string, body?: object) => (await book.call<Made>('POST', path, { body })).body.id;
let endpoints = 0;
const newUrl = () => `https://platform.example/${++endpoints}`;
const endpoint = async () => `/v1/webhook-endpoints/${await made('/v1/webhook-endpoints', { url: newUrl() })}`;
const unpriced = (hour: string) =>
  sendUsage(book, [report(`2025-01-03T${hour}:00:00Z`, `2025-01-03T${hour}:30:00Z`, { instanceType: 'unpriced' })]);
const delivered = async () => {
  await book.db.raw(`update webhook_events set spread_at = now() where spread_at is null`);
  await book.db.raw(`
    insert into webhook_deliveries (endpoint_id, event_id, made_at, next_attempt_at, give_up_at)
    select endpoint_id, id, now(), now(), now() from webhook_events where endpoint_id is not null on conflict do nothing`);
  await book.db.raw(`update webhook_deliveries set state = 'delivered', delivered_at = now()`);
};
const mailed = () =>
  book.db.raw(`update email_addresses set state = 'sent', sent_at = now(), return_token = repeat('a', 32)
    where workspace_id = 'refused'`);
// A workspace that may not deploy; its customer is told of the first deployment that is refused.
const mayNotDeploy = async () => {
  await workspace('refused');
  await book.call('POST', '/v1/workspaces/refused/suspension', { body: { reason: 'Please call us.' } });
  return { path: '/v1/workspaces/refused/refused-deploys', body: { model: 'm' } };
};
const anEmail = async () => {
  await ask(await mayNotDeploy(), 'told');
  await mailed();
};
const report422 = [
  ...['Content-Type: multipart/report; report-type=delivery-status; boundary=b', '', '--b'],
  ...['Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; relay.example', ''],
  ...['Final-Recipient: rfc822; refused@acme.example', 'Action: failed', 'Status: 4.2.2', '', '--b--', ''],
].join('\r\n');

type Needing = {
  readonly ask: () => Promise<Asked>;
  readonly status: number;
  /** What goes on between the two that come. */
  readonly meanwhile?: () => Promise<unknown>;
  /** Where it comes again under another key: refused, as what it made is in the way, or done once more. */
  readonly again: 'refused' | 'done';
};

const needing: { readonly [route: string]: Needing } = {
  '/v1/keys': {
    ask: async () => ({ path: '/v1/keys', body: { role: 'read', name: 'auditor' } }),
    ...{ status: 201, again: 'refused' },
  },
  '/v1/keys/:id/rotate': {
    ask: async () => ({ path: `/v1/keys/${await made('/v1/keys', { role: 'read', name: 'rotated' })}/rotate` }),
    ...{ status: 201, again: 'refused' },
  },
  '/v1/webhook-endpoints': {
    ask: async () => ({ path: '/v1/webhook-endpoints', body: { url: newUrl() } }),
    ...{ status: 201, again: 'refused' },
  },
  '/v1/webhook-endpoints/:endpoint/rotate-secret': {
    ask: async () => ({ path: `${await endpoint()}/rotate-secret` }),
    ...{ status: 201, again: 'done' },
  },
  '/v1/webhook-endpoints/:endpoint/test': {
    ask: async () => ({ path: `${await endpoint()}/test` }),
    ...{ status: 202, again: 'done' },
  },
  '/v1/webhook-endpoints/:endpoint/replay': {
    ask: async () => {
      const at = await endpoint();
      const event = await made(`${at}/test`);
      await delivered();
      return { path: `${at}/replay`, body: { event } };
    },
    meanwhile: delivered,
    ...{ status: 202, again: 'done' },
  },
  '/v1/quarantine/drop': {
    ask: async () => {
      await unpriced('10');
      return { path: '/v1/quarantine/drop', body: { instanceType: 'unpriced', reason: 'a test' } };
    },
    meanwhile: () => unpriced('11'),
    ...{ status: 200, again: 'done' },
  },
  '/v1/workspaces/:workspace/billing-page': {
    ask: async () => ({ path: '/v1/workspaces/acme/billing-page' }),
    ...{ status: 200, again: 'done' },
  },
  '/v1/workspaces/:workspace/refused-deploys': {
    ask: mayNotDeploy,
    ...{ status: 200, again: 'done' },
  },
  '/v1/emails/:key/resend': {
    ask: async () => {
      await anEmail();
      const [key] = await book.db('emails').where({ workspace_id: 'refused' }).pluck('key');
      return { path: `/v1/emails/${key}/resend`, body: { to: 'all' } };
    },
    meanwhile: mailed,
    ...{ status: 202, again: 'done' },
  },
  '/v1/mail/bounces': {
    ask: async () => {
      await anEmail();
      const path = `/v1/mail/bounces?recipient=b-${'a'.repeat(32)}@${domain}`;
      return { path, body: report422, headers: { 'content-type': 'message/rfc822' } };
    },
    meanwhile: mailed,
    ...{ status: 200, again: 'done' },
  },
};

describe('one that needs a key', () => {
  test('is each of these', () => expect(Object.keys(needing).sort()).toEqual(ofKind('required').sort()));

  test.each(Object.entries(needing))('POST %s', async (route, { ask: asked, status, meanwhile, again }) => {
    const [key, otherKey] = [`one:${route}`, `another:${route}`];
    const call = await asked();
    const before = await stored();
    const refused = await ask(call, null);
    expect(refused).toMatchObject({
      status: 400,
      body: {
        ...{ type: 'https://minutebook.dev/problems/idempotency_key_missing', title: 'Idempotency-Key is missing' },
        ...{ code: 'idempotency_key_missing', retryable: false },
        detail: expect.stringContaining(
          `expected the header Idempotency-Key with POST ${route.replace(/:(\w+)/g, '{$1}')}`,
        ),
      },
    });
    expect(await leadsToItsPage(call, refused)).toBe(true);
    expect(await stored()).toEqual(before);

    const first = await ask(call, key);
    expect([first.status, first.body.code]).toEqual([status, undefined]);
    const done = await stored();
    expect(done).not.toEqual(before);
    const same = await ask(call, key);
    expect(same).toMatchObject({ status, body: first.body, headers: { 'idempotency-replayed': 'true' } });
    expect(await stored()).toEqual(done);

    // Which is why it needs one.
    await meanwhile?.();
    const then = await stored();
    const other = await ask(call, otherKey);
    if (again === 'refused') expect(other).toMatchObject({ status: 409, body: { code: 'conflict' } });
    else {
      expect(other.status).toBe(status);
      expect(await stored()).not.toEqual(then);
    }
  });

  async function leadsToItsPage({ path }: Asked, { headers }: Answer<unknown>): Promise<boolean> {
    const [, target = ''] = /^<([^>]+)>; rel="describedby"; type="text\/html"$/.exec(String(headers['link'])) ?? [];
    const { pathname } = new URL(target, `http://localhost${path}`);
    const page = await book.app.inject(pathname);
    return page.statusCode === 200 && page.body.includes('Idempotency-Key is missing');
  }

  test('has that of a caller who may call it, and of nobody else', async () => {
    for (const [key, status] of [
      ['nobody', 401],
      [book.keys.platform, 403],
    ] as const) {
      expect((await book.call('POST', '/v1/keys', { key, idempotencyKey: null })).status).toBe(status);
    }
  });
});

async function workspace(id: string): Promise<void> {
  await book.call('PUT', `/v1/workspaces/${id}`, {
    body: { name: id, billingEmail: `${id}@acme.example`, startsAt: '2025-01-01T00:00:00Z' },
  });
}

/** The path of an unpaid invoice of a workspace of its own. */
async function invoice(of: string): Promise<string> {
  await workspace(of);
  await book.issue(of);
  return `/v1/invoices/${invoiceId(of)}`;
}

const inAcme = '/v1/workspaces/acme';
const paid = { key: 'p', amount: '6.00', reference: 'a transfer' };
const noted = { key: 'k', reason: 'sorry', amount: '1.00' };
const grant = { key: 'g', amount: '1', kind: 'goodwill', validFrom: '2025-01-01T00:00:00Z' };
const range = { model: 'm', from: '2025-01-02T00:00:00Z', to: '2025-01-02T00:10:00Z' };

const needless: { readonly [route: string]: () => Promise<Asked> } = {
  '/v1/quarantine/replay': async () => {
    await unpriced('12');
    const price = { instanceType: 'unpriced', usdPerMinute: '0.01', effectiveFrom: '2024-01-01T00:00:00Z' };
    await book.call('PUT', '/v1/prices', { body: [price] });
    return { path: '/v1/quarantine/replay', body: {} };
  },
  '/v1/workspaces/:workspace/grants': async () => ({ path: `${inAcme}/grants`, body: grant }),
  '/v1/workspaces/:workspace/grants/:key/end': async () => {
    await book.call('POST', `${inAcme}/grants`, {
      body: { ...grant, key: 'ending', validFrom: '2025-02-01T00:00:00Z' },
    });
    return { path: `${inAcme}/grants/ending/end`, body: {} };
  },
  '/v1/workspaces/:workspace/corrections': async () => ({
    path: `${inAcme}/corrections`,
    body: { key: 'k', reason: 'stuck', void: [range] },
  }),
  '/v1/workspaces/:workspace/periods/:month/close': async () => ({ path: `${inAcme}/periods/2025-02/close` }),
  '/v1/workspaces/:workspace/payment-method/setup': async () => ({
    path: `${inAcme}/payment-method/setup`,
    body: {},
  }),
  '/v1/workspaces/:workspace/suspension': async () => ({
    path: `${inAcme}/suspension`,
    body: { reason: 'Please call us.' },
  }),
  '/v1/invoices/:invoice/pay': async () => ({ path: `${await invoice('paying')}/pay`, body: {} }),
  '/v1/invoices/:invoice/payments': async () => ({ path: `${await invoice('paid')}/payments`, body: paid }),
  '/v1/invoices/:invoice/write-off': async () => ({
    path: `${await invoice('written-off')}/write-off`,
    body: { key: 'w', reason: 'gone' },
  }),
  '/v1/invoices/:invoice/credit-notes': async () => ({ path: `${await invoice('noted')}/credit-notes`, body: noted }),
  '/v1/invoices/:invoice/void': async () => ({
    path: `${await invoice('void')}/void`,
    body: { key: 'v', reason: 'wrong', usage: 'voided' },
  }),
  '/v1/invoices/:invoice/refunds': async () => {
    const at = await invoice('refunded');
    await book.call('POST', `${at}/payments`, { body: paid });
    return { path: `${at}/refunds`, body: { ...noted, reference: 'a transfer back' } };
  },
};

describe('one that needs none', () => {
  test('is each of these', () => expect(Object.keys(needless).sort()).toEqual(ofKind('optional').sort()));

  test.each(Object.entries(needless))('POST %s', async (route, asked) => {
    const call = await asked();
    const before = await stored();
    const first = await ask(call, null);
    expect([first.body.code, Math.floor(first.status / 100)]).toEqual([undefined, 2]);
    const done = await stored();
    if (!route.startsWith('/v1/quarantine')) expect(done).not.toEqual(before);
    const again = await ask(call, null);
    expect([again.body.code, Math.floor(again.status / 100)]).toEqual([undefined, 2]);
    expect(await stored()).toEqual(done);
  });
});

test('the description says of each whether it is required, and why', async () => {
  const { body: document } = await book.call<OpenApi>('GET', '/openapi.json');
  for (const [route, { key, because }] of Object.entries(posts)) {
    const operation = document.paths[route.replace(/:(\w+)/g, '{$1}')]?.['post'];
    if (operation === undefined) continue;
    const { parameters = [], responses } = operation;
    const header = parameters.flatMap((each) => ('name' in each && each.name === 'Idempotency-Key' ? [each] : []));
    const said = header.map(({ required = false, ...more }) => [required, JSON.stringify(more).includes(because)]);
    expect([route, said]).toEqual([route, key === 'unread' ? [] : [[key === 'required', true]]]);
    const mayBeMissing = JSON.stringify(responses['400']).includes('idempotency_key_missing');
    expect([route, mayBeMissing]).toEqual([route, key === 'required']);
  }
});
