import { type Minutebook, type Problem, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  await withAcme(book);
});
afterAll(() => book.close());

type Dashboard = { models: { model: string; replicaMinutes: number }[]; meteredThrough: string | null };

const minutesOf = async (workspace: string) => {
  await book.meter();
  const { body } = await book.call<Dashboard>('GET', `/v1/workspaces/${workspace}/usage`);
  return body.models.reduce((sum, model) => sum + model.replicaMinutes, 0);
};

test('reports are accepted and metered; sent again, overlapping or in pieces they count once', async () => {
  const hour = report('2025-01-02T00:00:00Z', '2025-01-02T01:00:00Z');
  const half = report('2025-01-02T00:30:00Z', '2025-01-02T01:30:00Z');
  expect(await sendUsage(book, [hour])).toMatchObject({ status: 202, body: { accepted: 1, quarantined: 0 } });
  await sendUsage(book, [hour, half, hour]);
  expect(await minutesOf('acme')).toBe(90);
});

test('a mark is shown once its reports are metered', async () => {
  await sendUsage(book, [], '2025-01-05T00:00:00Z');
  await book.meter();
  const { body } = await book.call<Dashboard>('GET', '/v1/workspaces/acme/usage');
  expect(body.meteredThrough).toBe('2025-01-05T00:00:00Z');
});

describe('NDJSON', () => {
  const line = (minute: number) =>
    JSON.stringify(report(`2025-01-03T00:0${minute}:00Z`, `2025-01-03T00:0${minute + 1}:00Z`, { replica: 'lines' }));
  const send = (text: string, query = '') =>
    book.call<Problem & { accepted: number }>('POST', `/v1/usage${query}`, {
      body: text,
      headers: { 'content-type': 'application/x-ndjson' },
    });

  test('names its source in the query', async () => {
    const { status, body } = await send(
      `${line(0)}\n${line(1)}\n`,
      '?source=cluster-2&completeThrough=2025-01-04T00:00:00Z',
    );
    expect([status, body.accepted]).toEqual([202, 2]);
  });

  test('names its source in a first line', async () => {
    const { status, body } = await send(`{"source":"cluster-2"}\n\n${line(2)}\r\n${line(3)}`);
    expect([status, body.accepted]).toEqual([202, 2]);
  });

  test.each([
    ['a line that is not JSON, with the others', `${line(0)}\n{"workspace"\n{}`, '?source=s', [1, 2]],
    ['a missing source', line(0), '', [undefined]],
    ['two different sources', `{"source":"a"}\n${line(0)}`, '?source=b', [undefined]],
    ['an unknown field in the first line', `{"source":"a","sender":"b"}\n${line(0)}`, '', [undefined]],
  ])('is refused for %s', async (_name, text, query, indexes) => {
    const { status, body } = await send(text, query);
    expect([status, body.code]).toEqual([400, 'invalid_usage']);
    expect([...new Set(body.faults?.map((fault) => fault.index))]).toEqual(indexes);
  });
});

describe('quarantine', () => {
  type Listed = {
    items: { workspace: string; instanceType: string; reason: string; reports: number }[];
    next?: string;
  };
  const from = '2025-01-06T00:00:00Z';
  const to = '2025-01-06T00:10:00Z';
  const reasons = async (query = '') => {
    const { body } = await book.call<Listed>('GET', `/v1/quarantine${query}`);
    return body.items.map(({ workspace, instanceType, reason, reports }) =>
      [workspace, instanceType, reason, reports].join(' '),
    );
  };

  test('takes what lacks a workspace, a price or lies before the start, once however often it comes', async () => {
    const reports = [
      report(from, to, { workspace: 'later' }),
      report(from, to, { instanceType: 'new-gpu' }),
      report('2024-12-31T23:50:00Z', '2025-01-01T00:10:00Z'),
      report(from, to),
    ];
    expect((await sendUsage(book, reports)).body).toEqual({ accepted: 1, quarantined: 3, ignored: 0 });
    await sendUsage(book, reports);
    expect(await reasons()).toEqual([
      'acme gpu before_start 1',
      'acme new-gpu no_price 1',
      'later gpu unknown_workspace 1',
    ]);
  });

  test('is listed page by page', async () => {
    const first = await book.call<Listed>('GET', '/v1/quarantine?limit=2');
    expect(first.body.items).toHaveLength(2);
    expect(await reasons(`?limit=2&cursor=${first.body.next}`)).toEqual(['later gpu unknown_workspace 1']);
  });

  test('is replayed by the price and by the workspace that were missing', async () => {
    const before = await minutesOf('acme');
    await book.call('PUT', '/v1/prices', {
      body: [{ instanceType: 'new-gpu', usdPerMinute: '0.5', effectiveFrom: '2025-01-01T00:00:00Z' }],
    });
    await book.call('PUT', '/v1/workspaces/later', {
      body: { name: 'Later', billingEmail: 'a@b.example', startsAt: '2025-01-01T00:00:00Z' },
    });
    expect(await reasons()).toEqual(['acme gpu before_start 1']);
    expect([(await minutesOf('acme')) - before, await minutesOf('later')]).toEqual([10, 10]);
  });
});

test('the hourly series shows each hour with its models, page by page', async () => {
  type Hours = {
    items: { hour: string; replicaMinutes: number; listAmount: string; models: object[] }[];
    next?: string;
  };
  const { body } = await book.call<Hours>(
    'GET',
    '/v1/workspaces/acme/usage/hours?from=2025-01-02T00:00:00Z&to=2025-01-03T00:00:00Z',
  );
  expect(body.items.map(({ hour, replicaMinutes }) => [hour, replicaMinutes])).toEqual([
    ['2025-01-02T00:00:00Z', 60],
    ['2025-01-02T01:00:00Z', 30],
  ]);
  expect(body.items[1]).toMatchObject({
    listAmount: '0.300000000',
    models: [{ model: 'm', version: 'v1', activeMinutes: 30, usdPerMinute: '0.01', phases: { serving: 30, idle: 0 } }],
  });
});
