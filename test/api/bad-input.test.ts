import { type Call, type Minutebook, type Problem, report, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:30:00Z', bodyLimitBytes: 20_000 });
  await withAcme(book);
});
afterAll(() => book.close());

const from = '2025-02-01T00:00:00Z';
const to = '2025-02-01T01:00:00Z';
const hour = '2025-03-01T00:00:00Z';
const usage = (reports: readonly unknown[], more: object = {}) => ({ source: 'cluster-1', reports, ...more });
const price = { instanceType: 'gpu', usdPerMinute: '0.02', effectiveFrom: hour };
const grant = { key: 'k', amount: '5', kind: 'goodwill', validFrom: from };

type Refused = {
  readonly name: string;
  readonly call: readonly ['POST' | 'PUT' | 'GET', string, Call?];
  readonly status?: number;
  readonly code?: string;
  /** `[index].field`, or the field. */
  readonly faults?: readonly string[];
  readonly detail?: RegExp;
};

const reports: readonly Refused[] = [
  { name: 'from after to', call: ['POST', '/v1/usage', { body: usage([report(to, from)]) }], faults: ['[0].to'] },
  {
    name: 'a span over 31 days',
    call: ['POST', '/v1/usage', { body: usage([report('2025-01-01T00:00:00Z', '2025-02-01T00:01:00Z')]) }],
    faults: ['[0].to'],
  },
  {
    name: 'a time more than five minutes ahead',
    call: ['POST', '/v1/usage', { body: usage([report(from, '2025-02-10T12:35:01Z')]) }],
    faults: ['[0].to'],
  },
  {
    name: 'an unknown phase',
    call: ['POST', '/v1/usage', { body: usage([report(from, to, { phase: 'sleeping' })]) }],
    faults: ['[0].phase'],
  },
  {
    name: 'ids with other characters, empty and too long',
    call: [
      'POST',
      '/v1/usage',
      { body: usage([report(from, to, { workspace: 'a/b', model: '', replica: 'x'.repeat(201), version: 7 })]) },
    ],
    faults: ['[0].workspace', '[0].model', '[0].version', '[0].replica'],
  },
  {
    name: 'an unknown field and a missing one',
    call: ['POST', '/v1/usage', { body: usage([report(from, to, { gpus: 2, instanceType: undefined })]) }],
    faults: ['[0].gpus', '[0].instanceType'],
  },
  {
    name: 'faults of several reports, by index',
    call: [
      'POST',
      '/v1/usage',
      { body: usage([report(from, to), report(to, from), report(from, to, { phase: 1 }), null]) },
    ],
    faults: ['[1].to', '[2].phase', '[3].report'],
  },
  {
    name: 'a completeThrough in the future and no source',
    call: ['POST', '/v1/usage', { body: { reports: [], completeThrough: '2025-02-10T13:00:00Z' } }],
    faults: ['source', 'completeThrough'],
  },
  { name: 'no body', call: ['POST', '/v1/usage'], faults: ['body'] },
];

const others: readonly Refused[] = [
  {
    name: 'a price off the hour',
    call: ['PUT', '/v1/prices', { body: [{ ...price, effectiveFrom: '2025-03-01T00:30:00Z' }] }],
    faults: ['[0].effectiveFrom'],
  },
  {
    name: 'negative and over-precise prices, and a fraction as a number',
    call: [
      'PUT',
      '/v1/prices',
      {
        body: ['-0.01', '0.0000000001', 0.01].map((usdPerMinute, at) => ({
          ...price,
          instanceType: `t${at}`,
          usdPerMinute,
        })),
      },
    ],
    faults: ['[0].usdPerMinute', '[1].usdPerMinute', '[2].usdPerMinute'],
  },
  {
    name: 'a contract price of an unknown workspace',
    call: ['PUT', '/v1/prices', { body: [{ ...price, workspace: 'nobody' }] }],
    status: 404,
    code: 'not_found',
    faults: ['workspace'],
  },
  {
    name: 'terms off the hour, with a percent over 100',
    call: [
      'PUT',
      '/v1/workspaces/acme/terms',
      { body: { effectiveFrom: to.replace('00:00', '00:01'), plan: 'p', volumeTiers: [{ upTo: null, percent: 101 }] } },
    ],
    faults: ['effectiveFrom', 'volumeTiers[0].percent'],
  },
  {
    name: 'terms of an unknown workspace',
    call: ['PUT', '/v1/workspaces/nobody/terms', { body: { effectiveFrom: hour, plan: 'p' } }],
    status: 404,
    code: 'not_found',
  },
  {
    name: 'a negative grant',
    call: ['POST', '/v1/workspaces/acme/grants', { body: { ...grant, amount: '-5' } }],
    faults: ['amount'],
  },
  {
    name: 'a grant of nothing',
    call: ['POST', '/v1/workspaces/acme/grants', { body: { ...grant, amount: '0' } }],
    faults: ['amount'],
  },
  {
    name: 'an over-precise grant',
    call: ['POST', '/v1/workspaces/acme/grants', { body: { ...grant, amount: '1.0000000001' } }],
    faults: ['amount'],
  },
  {
    name: 'a grant that ends before it begins',
    call: ['POST', '/v1/workspaces/acme/grants', { body: { ...grant, validUntil: '2025-01-01T00:00:00Z' } }],
    faults: ['validUntil'],
  },
  {
    name: 'a workspace id that is none',
    call: ['PUT', '/v1/workspaces/a%20b', { body: { name: 'A', billingEmail: 'a@b.example' } }],
    faults: ['workspace'],
  },
  {
    name: 'a workspace without a usable e-mail address',
    call: ['PUT', '/v1/workspaces/new', { body: { name: 'A', billingEmail: 'nobody' } }],
    faults: ['billingEmail'],
  },
  {
    name: 'another start of a workspace',
    call: [
      'PUT',
      '/v1/workspaces/acme',
      { body: { name: 'Acme', billingEmail: 'a@b.example', startsAt: '2025-01-02T00:00:00Z' } },
    ],
    status: 409,
    code: 'workspace_conflict',
    faults: ['startsAt'],
  },
  { name: 'a period that is none', call: ['GET', '/v1/workspaces/acme/usage?period=2025-13'], faults: ['period'] },
  {
    name: 'an unknown query parameter',
    call: ['GET', '/v1/workspaces/acme/usage?perod=2025-01'],
    faults: ['perod'],
  },
  {
    name: 'a range of more than 31 days',
    call: ['GET', '/v1/workspaces/acme/usage/hours?from=2025-01-01T00:00:00Z&to=2025-02-02T00:00:00Z'],
    faults: ['to'],
  },
  {
    name: 'a range off the hour',
    call: ['GET', '/v1/workspaces/acme/usage/hours?from=2025-01-01T00:30:00Z&to=2025-01-02T00:00:00Z'],
    faults: ['from'],
  },
  { name: 'a limit of nothing', call: ['GET', '/v1/workspaces?limit=0'], faults: ['limit'] },
  { name: 'a made-up cursor', call: ['GET', '/v1/workspaces?cursor=%00'], faults: ['cursor'] },
  ...[
    ['/v1/workspaces', ['a/b']],
    ['/v1/workspaces', ['..']],
    ['/v1/workspaces', ['a', 'b']],
    ['/v1/prices', ['gpu', '', 'yesterday']],
    ['/v1/prices', ['gpu', '', '']],
    ['/v1/prices', ['gpu', '', '2025-02-30T00:00:00Z']],
    ['/v1/prices', ['gpu', 'a/b', '2025-01-01T00:00:00Z']],
    ['/v1/prices', ['', '', '2025-01-01T00:00:00Z']],
    ['/v1/quarantine', ['acme', 'gpu', 'NO']],
    ['/v1/quarantine', ['acme', 'g pu', 'no_price']],
    ['/v1/workspaces/acme/invoices', ['x']],
    ['/v1/workspaces/acme/invoices', ['99999999999']],
    ['/v1/workspaces/acme/usage/hours', ['x']],
    ['/v1/workspaces/acme/usage/hours', ['7']],
    ['/v1/workspaces/acme/usage/hours', ['1e9']],
    ['/v1/workspaces/acme/usage/replicas?model=m', ['7', '0']],
    ['/v1/workspaces/acme/usage/replicas?model=m', ['7']],
    ['/v1/workspaces/acme/credits/statement', ['-1']],
    ['/v1/workspaces/acme/credits/statement', ['9999999999999999999']],
  ].map(
    ([path, parts]): Refused => ({
      name: `a cursor of ${path} that says ${JSON.stringify(parts)}`,
      call: [
        'GET',
        `${path}${String(path).includes('?') ? '&' : '?'}cursor=${Buffer.from([parts].flat().join('\n')).toString('base64url')}`,
      ],
      faults: ['cursor'],
    }),
  ),
  ...['a\ud800', 'a\0b', 'a\u0007'].map(
    (name): Refused => ({
      name: `the name ${JSON.stringify(name)}`,
      call: ['PUT', '/v1/workspaces/new', { body: { name, billingEmail: 'a@b.example' } }],
      faults: ['name'],
    }),
  ),
  {
    name: 'an e-mail address with half a character',
    call: ['PUT', '/v1/workspaces/new', { body: { name: 'A', billingEmail: 'a\ud800@b.example' } }],
    faults: ['billingEmail'],
  },
  {
    name: 'a key twice',
    call: ['PUT', '/v1/workspaces/new', { body: '{"name": "A", "billingEmail": "a@b.example", "name": "B"}' }],
    detail: /"name" stands there again at position 45/,
  },
  {
    name: 'a key twice in usage',
    call: ['POST', '/v1/usage', { body: '{"source": "s", "reports": [], "source": "t"}' }],
    detail: /"source" stands there again at position 31/,
  },
  {
    name: 'brackets within brackets',
    call: ['PUT', '/v1/prices', { body: '['.repeat(15_000) }],
    detail: /at most 64 brackets/,
  },
  {
    name: 'a workspace that URLs take out',
    call: ['PUT', '/v1/prices', { body: [{ ...price, workspace: '..' }] }],
    faults: ['[0].workspace'],
  },
  {
    name: 'closing a period that is none',
    call: ['POST', '/v1/workspaces/acme/periods/2025-1/close'],
    faults: ['month'],
  },
  {
    name: 'closing a period that was never opened',
    call: ['POST', '/v1/workspaces/acme/periods/2024-12/close'],
    status: 404,
    code: 'not_found',
  },
  {
    name: 'JSON that ends early',
    call: ['PUT', '/v1/prices', { body: '[{"instanceType": "gpu",\n "usdPerMinute": }]' }],
    code: 'invalid_request',
    detail: /position 42 \(line 2, column 18\)/,
  },
  {
    name: 'a body that is no JSON at all',
    call: ['PUT', '/v1/prices', { body: 'price=1' }],
    code: 'invalid_request',
    detail: /position 0/,
  },
  {
    name: 'another media type',
    call: ['PUT', '/v1/prices', { body: 'a,b', headers: { 'content-type': 'text/csv' } }],
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: 'a compressed body where it is not understood',
    call: ['PUT', '/v1/prices', { body: [], headers: { 'content-encoding': 'gzip' } }],
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: 'NDJSON where it is not understood',
    call: ['PUT', '/v1/prices', { body: '{}', headers: { 'content-type': 'application/x-ndjson' } }],
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: 'a body over the limit',
    call: ['POST', '/v1/usage', { body: usage(Array.from({ length: 200 }, () => report(from, to))) }],
    status: 413,
    code: 'payload_too_large',
  },
  { name: 'an address that cannot be decoded', call: ['GET', '/v1/workspaces/%zz'] },
  { name: 'an id longer than any', call: ['GET', `/v1/workspaces/${'x'.repeat(300)}`] },
  ...(
    [
      ['GET', '/v1/usage'],
      ['PUT', '/v1/usage'],
      ['POST', '/v1/workspaces/acme/usage/hours?from=x'],
      ['PUT', '/openapi.json'],
    ] as const
  ).map(
    ([method, url]): Refused => ({
      name: `${method} ${url}`,
      call: [method, url],
      status: 405,
      code: 'method_not_allowed',
    }),
  ),
  { name: 'an unknown address', call: ['GET', '/v1/nothing'], status: 404, code: 'not_found' },
  { name: 'an unknown invoice', call: ['GET', '/v1/invoices/inv:acme'], status: 404, code: 'not_found' },
];

const all = [...reports.map((each) => ({ code: 'invalid_usage', ...each })), ...others];

test.each(all)('$name is refused with a problem document', async ({ call, ...wanted }) => {
  const [method, url, options] = call;
  const answer = await book.call<Problem>(method, url, options);
  expect(answer.headers['content-type']).toMatch('application/problem+json');
  const code = wanted.code ?? 'invalid_request';
  expect(answer.body).toMatchObject({ type: `https://minutebook.dev/problems/${code}`, code, status: answer.status });
  expect(answer.status).toBe(wanted.status ?? 400);
  const places = answer.body.faults?.map(({ index, field }) => (index === undefined ? field : `[${index}].${field}`));
  if (wanted.faults) expect(places).toEqual(wanted.faults);
  if (wanted.detail) expect(answer.body.detail).toMatch(wanted.detail);
});

test.each([
  ['PUT', '/v1/usage', 'POST'],
  ['POST', '/v1/workspaces/acme/usage', 'GET, HEAD'],
  ['POST', '/v1/prices', 'GET, HEAD, PUT'],
  ['GET', '/v1/workspaces/acme/periods/2025-01/close', 'POST'],
] as const)('%s %s is told which methods there are', async (method, url, allowed) => {
  // Also where the body is of a kind that only another method understands.
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await book.call<Problem>(method, url, method === 'GET' ? {} : { body: '{}', headers });
  expect([answer.status, answer.headers['allow']]).toEqual([405, allowed]);
});

test('a refusal for a range names the range', async () => {
  const range = 'from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z';
  const { body } = await book.call<Problem>('GET', `/v1/workspaces/acme/usage/hours?${range}`);
  expect(body.detail).toContain('came 2025-01-02T00:00:00Z to 2025-01-01T00:00:00Z');
});

test('nothing of what was refused is stored', async () => {
  const [usageRows, quarantined] = await Promise.all([
    book.db('usage_reports').count('* as rows'),
    book.db('usage_quarantine').count('* as rows'),
  ]);
  expect([usageRows, quarantined]).toEqual([[{ rows: 0n }], [{ rows: 0n }]]);
  const { body } = await book.call<{ items: unknown[] }>('GET', '/v1/prices');
  expect(body.items).toHaveLength(1);
});

const readings = [
  ...['', '/session', '/usage', '/usage/hours', '/usage/days', '/usage/replicas?model=m', '/forecast'],
  ...['/credits', '/credits/statement', '/invoices', '/invoices/upcoming', '/periods', '/terms'],
];
test.each(readings)('GET /v1/workspaces/nobody%s is answered 404', async (path) => {
  const { status, body } = await book.call('GET', `/v1/workspaces/nobody${path}`);
  expect([status, body.detail]).toEqual([404, 'there is no workspace nobody']);
});

test('a sum that leaves 64 bits is answered 409, and says what it is likely to be', async () => {
  const reports = [report(from, '2025-02-01T02:00:00Z', { model: 'dear' })];
  expect(await book.call('POST', '/v1/usage', { body: usage(reports) })).toMatchObject({ status: 202 });
  await book.meter();
  const hours = book.db('hour_totals').whereBetween('hour', [from, to]);
  const [{ list_nanos: before }] = await hours.clone();
  await hours.clone().update({ list_nanos: (2n ** 62n).toString() });
  const url = '/v1/workspaces/acme/invoices/upcoming?period=2025-02';
  const { status, body } = await book.call('GET', url);
  await hours.clone().update({ list_nanos: before.toString() });
  expect([status, body.code]).toEqual([409, 'sum_too_large']);
  expect(body.detail).toMatch(/64 bits .* a price is mistyped; put it right/);
  expect(await book.call('GET', url)).toMatchObject({ status: 200 });
});

test('the last hours that can be written are read as any others', async () => {
  const url = '/v1/workspaces/acme/usage/hours?from=9999-12-31T00:00:00Z&to=9999-12-31T23:00:00Z';
  expect(await book.call('GET', url)).toMatchObject({ status: 200, body: { items: [], to: '9999-12-31T23:00:00Z' } });
});

test('an error of ours is answered 500 with an id and without what went wrong', async () => {
  await book.db.raw('alter table workspaces rename column name to name_gone');
  const { status, body } = await book.call<Problem & { id: string }>('GET', '/v1/workspaces/acme');
  await book.db.raw('alter table workspaces rename column name_gone to name');
  expect(status).toBe(500);
  expect(body.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.stringify(body)).not.toMatch(/column|select/);
});
