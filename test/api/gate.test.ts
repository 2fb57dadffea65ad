// The gate over HTTP: one statement that writes nothing, a list that is known by its tag, and refused deployments.
import { aroundRules } from '../harness/around-rules';
import { inject, type Minutebook, startMinutebook, withAcme } from './minutebook';

type Gate = {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly message?: string;
  readonly runUntil?: string;
  readonly problem?: { readonly [member: string]: unknown };
};
type Listed = { readonly items: readonly (Gate & { readonly workspace: string })[]; readonly next?: string };

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2026-02-03T12:00:00Z' });
  for (const workspace of ['acme', 'beta', 'gamma', 'delta', 'ended']) await withAcme(book, workspace);
  await book.call('POST', '/v1/workspaces/ended/grants/free/end', { body: { from: '2025-01-01T00:00:00Z' } });
});
afterAll(() => book.close());

// Each begins with nothing said of them. All but one have credits.
beforeEach(async () => {
  book.setClock('2026-02-03T12:00:00Z');
  await aroundRules(book.db, 'truncate guards, suspensions, refused_deploys, payment_methods, workspace_terms cascade');
});

const gate = (workspace = 'acme', query = '') =>
  book.call<Gate>('GET', `/v1/workspaces/${workspace}/gate${query}`, { key: book.keys.platform });

// Guards as judgements leave them: what the gate goes by are rows.
const guarded = (of: { readonly [column: string]: unknown }, workspace = 'acme') =>
  book.db('guards').insert({
    workspace_id: workspace,
    shard: 0,
    started_at: '2026-02-01T00:00:00Z',
    judged_at: '2026-02-03T11:59:00Z',
    ...of,
  });
const suspend = (reason: string, more: { readonly [column: string]: unknown } = {}, workspace = 'acme') =>
  book.db('suspensions').insert({
    workspace_id: workspace,
    number: 1,
    reason,
    scope: 'models',
    began_at: '2026-02-03T11:00:00Z',
    ...more,
  });
const addMethod = (workspace = 'acme') =>
  book.db('payment_methods').insert({
    workspace_id: workspace,
    method: `pm_${workspace}`,
    type: 'card',
    last4: '4242',
    added_at: '2026-02-03T11:00:00Z',
    updated_at: '2026-02-03T11:00:00Z',
  });
test('who has credits may deploy, and a workspace that is not there is not there', async () => {
  expect((await gate('acme', '?model=m%2F1&version=v1')).body).toEqual({ allowed: true });
  expect((await gate('nobody')).status).toBe(404);
  expect((await gate('acme', '?colour=red')).status).toBe(400);
});

test('before any guard has judged, who has nothing to pay with is refused', async () => {
  expect((await gate('ended')).body).toMatchObject({ allowed: false, reason: 'credits_exhausted' });
  await addMethod('ended');
  expect((await gate('ended')).body).toEqual({ allowed: true });
});

test('terms that are invoiced need neither', async () => {
  const body = { effectiveFrom: '2026-02-03T12:00:00Z', plan: 'enterprise', collection: 'invoice' };
  await book.call('PUT', '/v1/workspaces/ended/terms', { body });
  expect((await gate('ended')).body).toEqual({ allowed: true });
});

test('the gravest suspension is named: an operator, then what is past due, then credits', async () => {
  await guarded({ state: 'suspended' });
  await suspend('credits');
  expect((await gate()).body).toMatchObject({ reason: 'credits_exhausted' });
  await suspend('past_due', { number: 2, scope: 'deploys' });
  expect((await gate()).body).toMatchObject({ reason: 'past_due' });
  await suspend('operator', { number: 3, message: 'Please call us.' });
  expect((await gate()).body).toEqual({
    ...{ allowed: false, reason: 'suspended', message: 'Please call us.' },
    problem: {
      ...{ type: 'https://minutebook.dev/problems/suspended', title: 'This account is suspended', status: 403 },
      ...{ code: 'suspended', detail: 'Please call us.', retryable: false },
    },
  });
  await book.db('suspensions').update({ ended_at: '2026-02-03T12:00:00Z', ended_because: 'x' });
  expect((await gate()).body).toEqual({ allowed: true });
});

test('a refusal is a problem to be passed on, which leads to where a customer mends it', async () => {
  const charging = await startMinutebook({ now: '2026-02-03T12:00:00Z', settings: { isCharging: true } });
  await withAcme(charging);
  const problemOf = async (reason: string) => {
    await charging.db('suspensions').delete();
    const row = { workspace_id: 'acme', number: 1, reason, scope: 'models', began_at: '2026-02-03T11:00:00Z' };
    await charging.db('suspensions').insert(row);
    const { body } = await charging.call<Gate>('GET', '/v1/workspaces/acme/gate');
    expect(body.problem).toMatchObject({ retryable: false, detail: body.message, code: body.reason });
    return body.problem;
  };
  const at = 'https://billing.example.com/billing/acme';
  expect(await problemOf('past_due')).toMatchObject({ status: 402, link: `${at}/invoices` });
  expect(await problemOf('credits')).toMatchObject({ status: 402, link: `${at}/task/method` });
  expect(await problemOf('operator')).not.toHaveProperty('link');
  await charging.close();
});

test('runUntil is the zero, until a method is on file', async () => {
  await guarded({ zero_at: '2026-02-03T13:05:00Z' });
  expect((await gate()).body).toEqual({ allowed: true, runUntil: '2026-02-03T13:05:00Z' });
  await addMethod();
  expect((await gate()).body).toEqual({ allowed: true });
});

test('it is one statement, and reads only', async () => {
  await gate();
  const statements: string[] = [];
  book.appDb.on('query', ({ sql }: { readonly sql: string }) => statements.push(sql));
  expect((await gate()).status).toBe(200);
  expect(statements).toHaveLength(1);
  expect(statements[0]).not.toMatch(/\b(insert|update|delete|lock|for (share|update|no key))\b/i);
});

describe('the list', () => {
  const list = (query = '', headers = {}) =>
    book.call<Listed>('GET', `/v1/gates${query}`, { key: book.keys.platform, headers });
  const asked = (tag: unknown) =>
    inject(book.app, {
      method: 'GET',
      url: '/v1/gates',
      key: book.keys.platform,
      headers: { 'if-none-match': String(tag) },
    });

  beforeEach(async () => {
    await guarded({ state: 'suspended' });
    await suspend('credits');
    await guarded({ zero_at: '2026-02-04T11:59:00Z' }, 'beta');
    await guarded({ zero_at: '2026-02-04T12:01:00Z' }, 'gamma');
    await guarded({ zero_at: '2026-02-03T13:00:00Z' }, 'delta');
    await addMethod('delta');
  });

  test('holds the refused, and those whose credits end within a day and whom nothing else pays for', async () => {
    expect((await list()).body).toEqual({
      items: [
        {
          ...{ workspace: 'acme', allowed: false, reason: 'credits_exhausted', message: expect.any(String) },
          problem: expect.objectContaining({ code: 'credits_exhausted', status: 402 }),
        },
        { workspace: 'beta', allowed: true, runUntil: '2026-02-04T11:59:00Z' },
      ],
    });
  });

  test('tells who never had credits from who has used them up, one by one as the gate does', async () => {
    const terms = { plan: 'p', collection: 'invoice', effectiveFrom: '2026-02-03T12:00:00Z' };
    await book.call('PUT', '/v1/workspaces/beta/terms', { body: terms });
    await book.call('PUT', '/v1/workspaces/gamma/terms', { body: { ...terms, effectiveFrom: '2026-02-03T13:00:00Z' } });
    await book.db('guards').where({ workspace_id: 'gamma' }).update({ zero_at: '2026-02-03T12:30:00Z' });
    await book.db.raw(`insert into workspaces (id, name, billing_email, starts_at, created_at)
      values ('poor', 'Poor', 'a@b.example', '2026-01-01T00:00Z', '2026-01-01T00:00Z')`);
    await guarded({ state: 'suspended' }, 'poor');
    await suspend('credits', {}, 'poor');
    const { items } = (await list()).body;
    expect(items.map(({ workspace, reason }) => [workspace, reason])).toEqual([
      ['acme', 'credits_exhausted'],
      ['gamma', undefined],
      ['poor', 'payment_method_missing'],
    ]);
    for (const { workspace, ...listed } of items) expect((await gate(workspace)).body).toEqual(listed);
  });

  test('comes in pages, and is empty where nobody is refused', async () => {
    const first = await list('?limit=1');
    expect(first.body.items.map(({ workspace }) => workspace)).toEqual(['acme']);
    const second = await list(`?limit=1&cursor=${first.body.next}`);
    expect(second.body).toEqual({ items: [expect.objectContaining({ workspace: 'beta' })] });
    expect(second.headers['etag']).toBe(first.headers['etag']);
    await aroundRules(book.db, 'delete from suspensions');
    await book.db('guards').delete();
    expect((await list()).body).toEqual({ items: [] });
  });

  test('is answered 304 to who has it, and whole once anything in it has changed', async () => {
    const tag = (await list()).headers['etag'];
    expect((await asked(tag)).status).toBe(304);
    expect((await asked(`W/${tag}`)).status).toBe(304);
    const changes = [
      () => suspend('operator', { number: 2, message: 'Please call us.' }),
      () => book.db('guards').where({ workspace_id: 'beta' }).update({ zero_at: '2026-02-04T10:00:00Z' }),
      () => addMethod('beta'),
      () => book.db('suspensions').update({ ended_at: '2026-02-03T12:00:00Z', ended_because: 'x' }),
      async () => book.setClock('2026-02-03T12:02:00Z'),
    ];
    let known = tag;
    for (const change of changes) {
      await change();
      const answer = await asked(known);
      expect([answer.status, answer.headers['etag'] === known]).toEqual([200, false]);
      known = answer.headers['etag'];
    }
  });

  test('is one statement, with its items and without', async () => {
    const tag = (await list()).headers['etag'];
    const statements: string[] = [];
    book.appDb.on('query', ({ sql }: { readonly sql: string }) => statements.push(sql));
    await list();
    await asked(tag);
    expect(statements).toHaveLength(2);
  });
});

describe('a refused deployment', () => {
  const refused = (body: object, workspace = 'acme') =>
    book.call<{ counted: boolean }>('POST', `/v1/workspaces/${workspace}/refused-deploys`, {
      key: book.keys.platform,
      body,
    });

  test('is one row a day, model and version, however often it comes', async () => {
    await guarded({ state: 'suspended' });
    await suspend('credits');
    for (let each = 0; each < 5; each++) expect((await refused({ model: 'm', version: 'v1' })).body.counted).toBe(true);
    await Promise.all(Array.from({ length: 20 }, () => refused({ model: 'm' })));
    book.setClock('2026-02-04T00:00:00Z');
    await refused({ model: 'm' });
    const rows = await book.db('refused_deploys').orderBy(['day', 'version']).select('version', 'times', 'reason');
    expect(rows).toEqual([
      { version: '', times: 20, reason: 'credits_exhausted' },
      { version: 'v1', times: 5, reason: 'credits_exhausted' },
      { version: '', times: 1, reason: 'credits_exhausted' },
    ]);
  });

  test('is kept for three months', async () => {
    await suspend('credits');
    for (const day of ['01', '04']) {
      book.setClock(`2026-02-${day}T12:00:00Z`);
      await refused({ model: 'm' });
    }
    book.setClock('2026-05-03T12:00:00Z');
    await refused({ model: 'm' });
    const rows = await book.db('refused_deploys').orderBy('day').select(book.db.raw('day::text'));
    expect(rows.map(({ day }) => day)).toEqual(['2026-02-04', '2026-05-03']);
  });

  test('that would be allowed by now is not counted', async () => {
    expect((await refused({ model: 'm' })).body).toEqual({ counted: false });
    expect(await book.db('refused_deploys')).toEqual([]);
    expect((await refused({ model: 'm' }, 'nobody')).status).toBe(404);
  });
});
