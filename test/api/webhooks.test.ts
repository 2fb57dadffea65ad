// Webhook endpoints over HTTP: made, listed, changed, removed; which events are written, and what each says.
import Ajv2020 from 'ajv/dist/2020';
import { parseNetwork } from '../../gateways/webhooks/addresses';
import { httpWebhooks } from '../../gateways/webhooks/http-webhooks';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeEach(async () => {
  const webhooks = httpWebhooks({ allowed: [parseNetwork('127.0.0.0/8') as never] });
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z', freeCreditsUsd: '0', webhooks });
});
afterEach(() => book.close());

type Endpoint = {
  readonly id: string;
  readonly url: string;
  readonly state: string;
  readonly secret: string;
  readonly previousUntil: string;
};
type Page<Item> = { readonly items: readonly Item[]; readonly next?: string };
type Event = {
  readonly id: string;
  readonly type: string;
  readonly payload: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> };
};

const make = async (entry: object = {}) =>
  (
    await book.call<Endpoint>('POST', '/v1/webhook-endpoints', {
      body: { url: 'https://platform.example/hooks', ...entry },
    })
  ).body;
const events = async (query = '') => (await book.call<Page<Event>>('GET', `/v1/webhook-events${query}`)).body.items;

test('an endpoint is made with a secret that is shown once, listed, changed and removed', async () => {
  const { secret, ...made } = await make({ events: ['invoice.paid', 'invoice.issued'], description: 'books' });
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(made).toEqual({
    id: expect.stringMatching(/^whe_[0-9a-f]{16}$/),
    url: 'https://platform.example/hooks',
    events: ['invoice.paid', 'invoice.issued'],
    description: 'books',
    state: 'enabled',
    madeBy: 'admin:tests',
    madeAt: '2025-01-10T12:00:00Z',
  });
  expect((await book.call('GET', '/v1/webhook-endpoints')).body).toEqual({ items: [made] });
  const path = `/v1/webhook-endpoints/${made.id}`;
  expect((await book.call('GET', path)).body).toEqual(made);
  const changed = await book.call('PATCH', path, { body: { events: null, description: null, enabled: false } });
  const { events: _, description: __, ...rest } = made as Record<string, unknown>;
  expect(changed.body).toEqual({
    ...rest,
    state: 'disabled',
    disabledBecause: 'operator',
    disabledAt: '2025-01-10T12:00:00Z',
  });
  expect((await book.call('PATCH', path, { body: { enabled: true } })).body).toEqual(rest);
  expect((await book.call('DELETE', path)).status).toBe(200);
  expect((await book.call('GET', path)).status).toBe(404);
  expect((await book.call('GET', '/v1/webhook-endpoints')).body).toEqual({ items: [] });
});

test('every change is in the audit log, and no secret is', async () => {
  const { id, secret } = await make();
  const path = `/v1/webhook-endpoints/${id}`;
  const { secret: next } = (await book.call<Endpoint>('POST', `${path}/rotate-secret`)).body;
  await book.call('PATCH', path, { body: { description: 'new' } });
  await book.call('POST', `${path}/test`);
  await book.call('DELETE', path);
  const { items } = (await book.call<Page<{ action: string }>>('GET', '/v1/audit')).body;
  expect(items.map(({ action }) => action).reverse()).toEqual(
    ['created', 'secret_rotated', 'changed', 'tested', 'removed'].map((each) => `webhook_endpoint.${each}`),
  );
  for (const each of [secret, next]) expect(JSON.stringify(items)).not.toContain(each.slice(6));
  const { rows } = await book.db.raw('select count(*)::int as count from webhook_secrets');
  expect(rows).toEqual([{ count: 0 }]);
});

test.each<[string, object, number, RegExp]>([
  [
    'an address inside the network',
    { url: 'https://10.0.0.1/' },
    400,
    /10\.0\.0\.1, which is no address of the public internet/,
  ],
  ['the metadata of a cloud in decimal', { url: 'https://2852039166/' }, 400, /169\.254\.169\.254/],
  ['plain http', { url: 'http://platform.example.org@8.8.8.8/' }, 400, /https:\/\/|credentials/],
  ['no address', { url: 'platform.example' }, 400, /expected an address that begins with https/],
  ['a type that is not known', { events: ['invoice.lost'] }, 400, /one of invoice.issued/],
  ['no types', { events: [] }, 400, /at least 1/],
  ['a field that is not known', { colour: 'red' }, 400, /unknown field/],
])('%s is refused', async (_what, entry, expected, why) => {
  const body = { url: 'https://platform.example/hooks', ...entry };
  const { status, body: problem } = await book.call('POST', '/v1/webhook-endpoints', { body });
  expect([status, problem.faults?.[0]?.message ?? problem.detail]).toEqual([expected, expect.stringMatching(why)]);
});

test('an address is one endpoint’s, until that is removed', async () => {
  const { id } = await make();
  const body = { url: 'https://PLATFORM.example/hooks' };
  const again = await book.call('POST', '/v1/webhook-endpoints', { body });
  expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining(id)]);
  const { id: other } = await make({ url: 'https://other.example/' });
  expect((await book.call('PATCH', `/v1/webhook-endpoints/${other}`, { body })).status).toBe(409);
  await book.call('DELETE', `/v1/webhook-endpoints/${id}`);
  expect((await book.call('POST', '/v1/webhook-endpoints', { body })).status).toBe(201);
});

test('a secret that is rotated signs for as long as is said, and at most three at the same time', async () => {
  const { id } = await make();
  const rotate = async (body: object) =>
    (await book.call<Endpoint>('POST', `/v1/webhook-endpoints/${id}/rotate-secret`, { body })).body;
  const { previousUntil, secret } = await rotate({ validFor: '2h' });
  expect(previousUntil).toBe('2025-01-10T14:00:00Z');
  for (let time = 0; time < 4; time++) expect((await rotate({})).secret).not.toBe(secret);
  expect(await book.db('webhook_secrets')).toHaveLength(3);
  await rotate({ validFor: '0s' });
  const left = await book.db('webhook_secrets').whereNull('expires_at');
  expect([left.length, (await book.db('webhook_secrets')).length]).toEqual([1, 1]);
});

test('nothing is written where no endpoint wants it', async () => {
  await make({ events: ['credits.low'] });
  await invoiceAcme();
  expect(await book.db('webhook_events')).toEqual([]);
});

/** An invoice of 0.60 for January, issued on 2 February. */
async function invoiceAcme(): Promise<void> {
  await withAcme(book);
  book.setClock('2025-02-02T00:00:00Z');
  await sendUsage(book, [report('2025-01-05T00:00:00Z', '2025-01-05T01:00:00Z')], '2025-02-01T00:00:00Z');
  await book.meter();
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
}

const invoice = 'inv:acme:2025-01:usage:1';

test('an invoice’s life is told event by event, each as the contract has it', async () => {
  await make();
  await invoiceAcme();
  book.setClock('2025-02-03T00:00:00Z');
  const credit = { key: 'c', reason: 'sorry', amount: '0.10' };
  await book.call('POST', `/v1/invoices/${invoice}/credit-notes`, { body: credit });
  await book.call('POST', `/v1/invoices/${invoice}/payments`, {
    body: { key: 'p', amount: '0.50', reference: 'wire 1' },
  });
  await book.call('POST', '/v1/workspaces/acme/suspension', { body: { reason: 'please call us' } });
  book.setClock('2025-02-03T01:00:00Z');
  await book.call('DELETE', '/v1/workspaces/acme/suspension');
  const told = [...(await events())].reverse();
  expect(told.map(({ payload: { type, timestamp, data } }) => [type, timestamp, data])).toEqual([
    [
      'period.closed',
      '2025-02-02T00:00:00Z',
      {
        workspace: 'acme',
        period: '2025-01',
        status: 'invoiced',
        because: 'complete',
        invoice,
        url: '/v1/workspaces/acme/periods',
      },
    ],
    [
      'invoice.issued',
      '2025-02-02T00:00:00Z',
      {
        ...{ workspace: 'acme', invoice, number: 'acme-0001', period: '2025-01', total: '0.60' },
        ...{ status: 'issued', remaining: '0.60', issuedAt: '2025-02-02T00:00:00Z', dueAt: '2025-02-02T00:00:00Z' },
        url: `/v1/invoices/${invoice}`,
      },
    ],
    [
      'credit_note.issued',
      '2025-02-03T00:00:00Z',
      {
        ...{
          workspace: 'acme',
          creditNote: 'cn:acme:1',
          number: 'acme-CN-0001',
          invoice,
          kind: 'goodwill',
          reason: 'sorry',
        },
        ...{ amount: '0.10', toRefund: '0.00', asCredits: '0.00', url: '/v1/credit-notes/cn:acme:1' },
      },
    ],
    [
      'invoice.paid',
      '2025-02-03T00:00:00Z',
      {
        ...{
          workspace: 'acme',
          invoice,
          number: 'acme-0001',
          period: '2025-01',
          total: '0.60',
          paid: '0.50',
          credited: '0.10',
        },
        url: `/v1/invoices/${invoice}`,
      },
    ],
    [
      'workspace.suspended',
      '2025-02-03T00:00:00Z',
      {
        workspace: 'acme',
        reason: 'operator',
        scope: 'models',
        message: 'please call us',
        url: '/v1/workspaces/acme/guard',
      },
    ],
    [
      'workspace.restored',
      '2025-02-03T01:00:00Z',
      { workspace: 'acme', reason: 'operator', because: 'operator', url: '/v1/workspaces/acme/guard' },
    ],
  ]);
  await expectDescribed(told);
  expect((await events('?type=invoice.paid')).map(({ id }) => id)).toEqual([told[3]?.id]);
  expect(await events('?workspace=other')).toEqual([]);
  expect((await events('?limit=2')).length).toBe(2);
});

test('one that credits cover is issued and paid in one breath', async () => {
  await make({ events: ['invoice.paid', 'invoice.issued'] });
  await withAcme(book);
  const grant = { key: 'g', amount: '10', kind: 'promotional', validFrom: '2025-01-01T00:00:00Z' };
  await book.call('POST', '/v1/workspaces/acme/grants', { body: grant });
  await invoiceAcme();
  const told = [...(await events())].reverse();
  expect(told.map(({ type, payload }) => [type, payload.data['total']])).toEqual([
    ['invoice.issued', '0.00'],
    ['invoice.paid', '0.00'],
  ]);
});

test('quarantine is told of once an hour and source, however many reports', async () => {
  await make();
  await withAcme(book);
  const lacking = (minute: number, workspace = 'nobody') =>
    report(`2025-01-05T00:${10 + minute}:00Z`, `2025-01-05T01:00:00Z`, { workspace });
  await sendUsage(book, [
    lacking(0),
    lacking(1),
    report('2025-01-05T00:00:00Z', '2025-01-05T01:00:00Z', { instanceType: 'x' }),
  ]);
  await sendUsage(book, [lacking(2), lacking(3, 'else')]);
  const body = { source: 'cluster-2', reports: [lacking(4)] };
  await book.call('POST', '/v1/usage', { body });
  book.setClock('2025-01-10T13:00:00Z');
  await sendUsage(book, [lacking(5)]);
  const told = [...(await events('?type=usage.quarantined'))].reverse();
  expect(told.map(({ payload }) => [payload.timestamp, payload.data['source'], payload.data['reasons']])).toEqual([
    ['2025-01-10T12:00:00Z', 'cluster-1', ['no_price', 'unknown_workspace']],
    ['2025-01-10T12:00:00Z', 'cluster-2', ['unknown_workspace']],
    ['2025-01-10T13:00:00Z', 'cluster-1', ['unknown_workspace']],
  ]);
  await expectDescribed(told);
});

test('what is rolled back was never true, and is not told', async () => {
  await make();
  await withAcme(book);
  const sale = book.db.transaction(async (trx) => {
    await trx.raw(`insert into suspensions (workspace_id, number, reason, scope, began_at)
      values ('acme', 1, 'credits', 'models', now())`);
    throw new Error('no');
  });
  await expect(sale).rejects.toThrow('no');
  expect(await events()).toEqual([]);
});

test('a suspension that only changes its scope restores nothing', async () => {
  await make({ events: ['workspace.suspended', 'workspace.restored', 'credits.gone'] });
  await withAcme(book);
  const at = `'2025-01-10T12:00:00Z'`;
  const begin = (number: number, scope: string) =>
    `insert into suspensions (workspace_id, number, reason, scope, began_at) values ('acme', ${number}, 'past_due', '${scope}', ${at})`;
  const end = (because: string) =>
    `update suspensions set ended_at = ${at}, ended_because = '${because}' where workspace_id = 'acme' and ended_at is null`;
  await book.db.transaction((trx) => trx.raw(begin(1, 'deploys')));
  await book.db.transaction((trx) => trx.raw(`${end('scope')}; ${begin(2, 'models')}`));
  await book.db.transaction((trx) => trx.raw(end('paid')));
  const told = [...(await events())].reverse();
  expect(told.map(({ type, payload: { data } }) => [type, data['scope'] ?? data['because']])).toEqual([
    ['workspace.suspended', 'deploys'],
    ['workspace.suspended', 'models'],
    ['workspace.restored', 'paid'],
  ]);
  await expectDescribed(told);
});

test('credits that run low and out are told once for each number of grants', async () => {
  await make();
  await withAcme(book);
  const raw = (sql: string) => book.db.transaction((trx) => trx.raw(sql));
  const judged = (set: string) =>
    raw(`update guards set judged_at = '2025-01-10T12:00:00Z', remaining_nanos = 1500000000, burn_nanos_per_hour = 600000000,
      zero_at = '2025-01-10T14:30:00Z', ${set} where workspace_id = 'acme'`);
  await raw(
    `insert into guards (workspace_id, shard, started_at) values ('acme', 0, '2025-01-01T00:00:00Z') on conflict do nothing`,
  );
  await judged(`state = 'low', told_grants = 1, told_percent = 80, told_short = true`);
  await judged(`state = 'ok', told_percent = 80`);
  await judged(`state = 'low', told_percent = 80`);
  await judged(`state = 'ok', told_percent = 100`);
  await judged(`state = 'ok', told_percent = 0, told_grants = 2`);
  await judged(`state = 'low', told_percent = 80, told_grants = 2`);
  const told = [...(await events())].reverse();
  expect(told.map(({ type }) => type)).toEqual(['credits.low', 'credits.gone', 'credits.low']);
  expect(told[0]?.payload.data).toEqual({
    workspace: 'acme',
    remaining: '1.500000000',
    burnPerHour: '0.600000000',
    zeroAt: '2025-01-10T14:30:00Z',
    url: '/v1/workspaces/acme/credits',
  });
  expect(told[1]?.payload.data).toMatchObject({ hasPaymentMethod: true });
  await expectDescribed(told);
});

test('an attempt that failed and a debit that came back are told', async () => {
  await make({ events: ['payment.failed', 'invoice.paid'] });
  await invoiceAcme();
  const raw = (sql: string) => book.db.transaction((trx) => trx.raw(sql));
  await raw(`insert into payment_attempts (workspace_id, invoice_id, number, kind, amount_cents, method, body, state, made_at)
    values ('acme', '${invoice}', 1, 'charge', 60, 'pm_1', '{}', 'sending', '2025-02-02T00:00:00Z')`);
  await raw(`update payment_attempts set state = 'declined', settled_at = '2025-02-02T00:00:05Z',
    decline = '{"code": "card_declined", "declineCode": "insufficient_funds"}'`);
  const told = await events();
  expect(told.map(({ payload }) => payload)).toEqual([
    {
      type: 'payment.failed',
      timestamp: '2025-02-02T00:00:05Z',
      data: {
        ...{ workspace: 'acme', invoice, number: 'acme-0001', amount: '0.60', reason: 'declined', attempt: 1 },
        ...{ code: 'insufficient_funds', url: `/v1/invoices/${invoice}/payments` },
      },
    },
  ]);
  await expectDescribed(told);
});

test('tests are for one endpoint, and each is another; one that is disabled has none', async () => {
  const { id } = await make({ events: ['invoice.paid'] });
  const { body: first, status } = await book.call<Event>('POST', `/v1/webhook-endpoints/${id}/test`);
  const { body: second } = await book.call<Event>('POST', `/v1/webhook-endpoints/${id}/test`);
  expect([status, first.type, first.id === second.id]).toEqual([202, 'webhook.test', false]);
  expect(first.payload.data).toEqual({ endpoint: id, url: `/v1/webhook-endpoints/${id}` });
  await expectDescribed([first, second]);
  await book.call('PATCH', `/v1/webhook-endpoints/${id}`, { body: { enabled: false } });
  expect((await book.call('POST', `/v1/webhook-endpoints/${id}/test`)).status).toBe(409);
  expect((await book.call('POST', `/v1/webhook-endpoints/${id}/replay`, { body: { event: first.id } })).status).toBe(
    409,
  );
});

type OpenApi = {
  readonly webhooks: Record<
    string,
    {
      readonly post: {
        readonly requestBody: { readonly content: Record<string, { readonly schema: { readonly $ref: string } }> };
      };
    }
  >;
  readonly components: { readonly schemas: Record<string, object> };
};

/** Holds payloads to the OpenAPI document's `webhooks`; nothing may be in them that is not described. */
async function expectDescribed(told: readonly Event[]): Promise<void> {
  const { body } = await book.call<OpenApi>('GET', '/openapi.json');
  expect(told.length).toBeGreaterThan(0);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const { payload } of told) {
    const reference = body.webhooks[payload.type]?.post.requestBody.content['application/json']?.schema.$ref ?? '';
    const schema = body.components.schemas[reference.split('/').at(-1) ?? ''];
    const closed = JSON.parse(
      JSON.stringify(schema).replaceAll('"type":"object"', '"type":"object","additionalProperties":false'),
    );
    const validate = ajv.compile(closed);
    expect([payload.type, validate(payload), validate.errors]).toEqual([payload.type, true, null]);
  }
}
