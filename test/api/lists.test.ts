// Every list, as the operations name them: read to its end an item at a time, by the links, while more is put into it.

import { spreadWebhookEvents } from '../../commands/spread-webhook-events';
import { type OperationId, operations } from '../../contract/operations';
import { openPeriods } from '../../db/billing/periods';
import { type Answer, type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

const invoice = 'inv:acme:2025-01:usage:1';
const months = ['2025-01', '2025-02', '2025-03', '2025-04', '2025-05', '2025-06'];

let book: Minutebook;
let paths: ReadonlyMap<string, string>;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-07-10T12:00:00Z', freeCreditsUsd: '1' });
  await withAcme(book);
  const used = months.map((month) => report(`${month}-02T00:00:00Z`, `${month}-02T20:00:00Z`));
  await sendUsage(book, used, '2025-07-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  const { body } = await book.call<{ paths: Paths }>('GET', '/openapi.json');
  paths = new Map(
    Object.entries(body.paths).flatMap(([path, methods]) => Object.values(methods).map((of) => [of.operationId, path])),
  );
});
afterAll(() => book.close());

type Paths = { readonly [path: string]: { readonly [method: string]: { readonly operationId: string } } };
type Item = { readonly [field: string]: unknown };
type Page = { readonly [list: string]: readonly Item[] } & { readonly next?: string };

type List = {
  /** Puts one more into it, the nth from 0 on: before, after and between those that are there. */
  readonly put: (nth: number) => Promise<unknown>;
  /** What tells its items apart. */
  readonly by: readonly string[];
  readonly lists?: readonly string[];
};

const post = async (path: string, body: object) => {
  const { status, body: answer } = await book.call('POST', path, { body });
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`);
};
const put = async (path: string, body: object) => {
  const { status, body: answer } = await book.call('PUT', path, { body });
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`);
};
// Names in an order in which each comes before, after or between those before it.
const mixed = (nth: number) => `${'mamzbyckdx'[nth]}${nth}`;
const workspaceWith = async (nth: number) => {
  const id = `w-${mixed(nth)}`;
  await put(`/v1/workspaces/${id}`, { name: 'W', billingEmail: 'w@w.example' });
  return id;
};

const toldOf = async (what: string, nth: number) => {
  const url = `https://${what}.example/`;
  const { body } = await book.call<{ items: { id: string; url: string }[] }>('GET', '/v1/webhook-endpoints?limit=500');
  if (body.items.every((each) => each.url !== url)) await post('/v1/webhook-endpoints', { url });
  const facts = `{"month": "2025-01", "status": "empty", "because": "complete"}`;
  await book.db.raw(`select note_webhook_event('period.closed', ?, 'acme', now(), ?::jsonb)`, [
    `${what}-${mixed(nth)}`,
    facts,
  ]);
};

const lists: { readonly [id in OperationId]?: List } = {
  listSetAside: {
    put: (nth) =>
      book.db.raw(
        `insert into set_aside (shard, workspace_id, work, error, next_attempt_at) values (0, ?, 'credits', 'e', now())`,
        [mixed(nth)],
      ),
    by: ['workspace', 'work'],
  },
  listAudit: {
    put: (nth) => put('/v1/workspaces/acme', { name: `Acme ${nth}`, billingEmail: 'billing@acme.example' }),
    by: ['id'],
  },
  listKeys: { put: (nth) => post('/v1/keys', { role: 'read', name: mixed(nth) }), by: ['id'] },
  listQuarantine: {
    put: (nth) =>
      sendUsage(book, [report('2025-07-02T00:00:00Z', '2025-07-02T01:00:00Z', { instanceType: mixed(nth) })]),
    by: ['workspace', 'instanceType', 'reason'],
  },
  listSources: { put: (nth) => post('/v1/usage', { source: mixed(nth), reports: [] }), by: ['source'] },
  listPrices: {
    put: (nth) =>
      put('/v1/prices', [
        {
          instanceType: mixed(nth).slice(0, 1),
          usdPerMinute: '1',
          effectiveFrom: `2026-01-${10 + ((nth * 7) % 10)}T00:00:00Z`,
        },
      ] as unknown as object),
    by: ['instanceType', 'effectiveFrom'],
  },
  listWorkspaces: { put: workspaceWith, by: ['id'] },
  listTerms: {
    put: (nth) =>
      put('/v1/workspaces/acme/terms', { plan: 'p', effectiveFrom: `2026-01-${10 + ((nth * 7) % 10)}T00:00:00Z` }),
    by: ['effectiveFrom'],
  },
  getCredits: {
    put: (nth) =>
      post('/v1/workspaces/acme/grants', {
        ...{ key: `c-${mixed(nth)}`, kind: 'promotional', amount: '1', validFrom: '2025-07-01T00:00:00Z' },
      }),
    by: ['key', 'invoice', 'grant'],
    lists: ['grants', 'draws'],
  },
  listCreditMovements: {
    put: (nth) =>
      post('/v1/workspaces/acme/grants', {
        ...{ key: `m-${mixed(nth)}`, kind: 'promotional', amount: '1', validFrom: '2025-07-01T00:00:00Z' },
      }),
    by: ['kind', 'grants', 'invoice', 'balance'],
  },
  listInvoices: {
    put: (nth) => book.activities.billing.finalizeInvoice({ workspace: 'acme', month: months[nth + 1] ?? '' }),
    by: ['id'],
  },
  getInvoicePayments: {
    put: (nth) => post(`/v1/invoices/${invoice}/payments`, { key: mixed(nth), amount: '0.01', reference: 'transfer' }),
    by: ['id'],
    lists: ['payments', 'attempts'],
  },
  listCorrections: {
    put: (nth) => {
      const range = { model: 'm', from: `2025-06-02T00:0${nth}:00Z`, to: `2025-06-02T00:0${nth + 1}:00Z` };
      return post('/v1/workspaces/acme/corrections', { key: mixed(nth), reason: 'stuck', void: [range] });
    },
    by: ['key'],
  },
  listCreditNotes: {
    put: (nth) => post(`/v1/invoices/${invoice}/credit-notes`, { key: mixed(nth), amount: '0.01', reason: 'goodwill' }),
    by: ['id'],
  },
  listRefunds: {
    put: async (nth) => {
      await post(`/v1/invoices/${invoice}/payments`, { key: `r-${nth}`, amount: '0.50', reference: 'transfer' });
      await post(`/v1/invoices/${invoice}/refunds`, {
        key: mixed(nth),
        amount: '0.01',
        reason: 'r',
        reference: 'back',
      });
    },
    by: ['key'],
  },
  listPeriods: {
    put: (nth) => {
      const opening = { workspace: 'acme', months: [`2025-${String(8 + nth).padStart(2, '0')}`.replace('-13', '-12')] };
      const nowMs = Date.parse('2025-07-10T12:00:00Z');
      return book.db.transaction((trx) => openPeriods(trx, { ...opening, nowMs, closeSpreadMs: 0 }));
    },
    by: ['period'],
  },
  listGates: {
    put: async (nth) => post(`/v1/workspaces/${await workspaceWith(nth)}/suspension`, { reason: 'call us' }),
    by: ['workspace'],
  },
  listEmails: {
    put: (nth) =>
      book.db.raw(
        `insert into emails (key, workspace_id, kind, about, facts, dated_at) values (?, 'acme', 'credits_used', 'acme', '{}', now())`,
        [`k:${mixed(nth)}`],
      ),
    by: ['key'],
  },
  listEpisodes: {
    put: async (nth) =>
      book.db.raw(
        `insert into guard_episodes (workspace_id, number, begins_at, because, noticed_at) values (?, ?, ?, 'credits', now())`,
        [await workspaceWith(nth), nth + 1, `2025-07-0${1 + ((nth * 5) % 9)}T00:00:00Z`],
      ),
    by: ['workspace', 'number'],
  },
  listWebhookEndpoints: {
    put: (nth) => post('/v1/webhook-endpoints', { url: `https://${mixed(nth)}.example/`, events: ['credits.gone'] }),
    by: ['id'],
  },
  listWebhookEvents: { put: (nth) => toldOf('events', nth), by: ['id'] },
  listWebhookDeliveries: {
    put: async (nth) => {
      await toldOf('deliveries', nth);
      await spreadWebhookEvents(book.connections);
    },
    by: ['endpoint', 'event'],
  },
};

const paged = Object.entries(operations).flatMap(([id, operation]) => {
  const answer: { readonly properties?: { readonly next?: unknown } } = operation.answers[200 as never] ?? {};
  return answer.properties?.next === undefined ? [] : [id as OperationId];
});
// Of so many rows a page, whatever is asked for: test/api/usage-details.test.ts and dashboard.test.ts read them to their end.
const withoutLimit: readonly OperationId[] = ['getUsageHours', 'getUsageReplicas'];

test('every list that has pages is read here, and none is answered whole but what a call has just put', () => {
  expect(Object.keys(lists).sort()).toEqual(paged.filter((id) => !withoutLimit.includes(id)).sort());
  const whole = Object.entries(operations).flatMap(([id, { answers }]) => {
    const { properties = {} }: { readonly properties?: object } = answers[200 as never] ?? {};
    return 'items' in properties && !('next' in properties) ? [id] : [];
  });
  expect(whole).toEqual(['getUsageDay', 'getUsageDays', 'putPrices']);
});

const listed = Object.entries(lists).map(([id, list]) => ({ id: id as OperationId, list }));

test.each(listed)('$id: nothing twice, and nothing of before is lost', async ({ id, list }) => {
  const { by, lists: names = ['items'] } = list;
  const namesOf = (page: Page) =>
    names.flatMap((name) =>
      (page[name] ?? []).map((item) => `${name} ${by.map((field) => JSON.stringify(item[field])).join(' ')}`),
    );
  const path = (paths.get(id) ?? '').replace('{workspace}', 'acme').replace('{invoice}', invoice);
  let nth = 0;
  while (nth < 3) await list.put(nth++);
  const before: string[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const { body }: Answer<Page> = await book.call('GET', `${path}${next === '' ? '' : `?cursor=${next}`}`);
    before.push(...namesOf(body));
    next = body.next;
  }
  expect(before.length).toBeGreaterThanOrEqual(3);

  const read: string[] = [];
  for (let url: string | undefined = `${path}?limit=1`; url !== undefined; ) {
    const { status, body, headers }: Answer<Page> = await book.call('GET', url);
    expect(status).toBe(200);
    for (const name of names) expect(body[name]?.length).toBeLessThanOrEqual(1);
    read.push(...namesOf(body));
    if (nth < 5) await list.put(nth++);
    const link: string | undefined = /^<([^>]+)>; rel="next"$/.exec(String(headers['link'] ?? ''))?.[1];
    expect(link === undefined).toBe(body.next === undefined);
    const { pathname, search } = new URL(link ?? '', `http://minutebook${url}`);
    url = link === undefined ? undefined : `${pathname}${search}`;
    if (link !== undefined) expect([pathname, new URLSearchParams(search).get('cursor')]).toEqual([path, body.next]);
  }
  expect(read.filter((name, at) => read.indexOf(name) !== at)).toEqual([]);
  expect(before.filter((name) => !read.includes(name))).toEqual([]);
});
