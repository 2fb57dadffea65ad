import { type Minutebook, startMinutebook } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-10T12:34:56Z' });
});
afterAll(() => book.close());

type Workspace = { id: string; name: string; billingEmail: string; startsAt: string; createdAt: string };
type Listed<Item> = { items: Item[]; next?: string };

const put = (id: string, entry: object = {}) =>
  book.call<Workspace>('PUT', `/v1/workspaces/${id}`, {
    key: book.keys.platform,
    body: { name: 'Acme', billingEmail: 'billing@acme.example', ...entry },
  });
const periods = async (id: string) => {
  const { body } = await book.call<Listed<{ period: string; status: string }>>('GET', `/v1/workspaces/${id}/periods`);
  return body.items.map(({ period, status }) => `${period} ${status}`);
};

test('a workspace that starts in the past has its periods since then, their workflows and the free credits', async () => {
  const { status, body } = await put('past', { startsAt: '2025-01-15T08:30:00Z' });
  expect(status).toBe(201);
  expect(body).toEqual({
    id: 'past',
    name: 'Acme',
    billingEmail: 'billing@acme.example',
    billing: {},
    startsAt: '2025-01-15T08:30:00Z',
    createdAt: '2025-03-10T12:34:56Z',
  });
  expect(await periods('past')).toEqual(['2025-01 open', '2025-02 open', '2025-03 open']);
  const starts = await book.db('outbox').pluck('workflow_id').orderBy('outbox_id');
  expect(starts).toEqual(['billing:past:2025-01', 'billing:past:2025-02', 'billing:past:2025-03']);
  const credits = await book.call('GET', '/v1/workspaces/past/credits');
  expect(credits.body).toMatchObject({
    grants: [{ key: 'free', kind: 'free', amount: '30.000000000', validFrom: '2025-01-15T08:30:00Z', priority: 100 }],
    remaining: '30.000000000',
    level: 'ok',
  });
});

test('without a start it is now, taken down to the hour', async () => {
  expect((await put('present')).body.startsAt).toBe('2025-03-10T12:00:00Z');
});

test('again it changes nothing; a new name and address are taken over; another start is a conflict', async () => {
  expect(await put('present')).toMatchObject({ status: 200, body: { startsAt: '2025-03-10T12:00:00Z' } });
  expect((await put('present', { name: 'Acme Ltd.', startsAt: '2025-03-10T13:00:00+01:00' })).status).toBe(200);
  const { body } = await book.call<Workspace>('GET', '/v1/workspaces/present');
  expect(body.name).toBe('Acme Ltd.');
  expect((await put('present', { startsAt: '2025-03-09T00:00:00Z' })).status).toBe(409);
});

test('created by two at once it is created once', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => put('raced')));
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 201]);
  expect(await periods('raced')).toEqual(['2025-03 open']);
});

test('an id of 128 characters can be read back', async () => {
  const id = 'w'.repeat(128);
  expect((await put(id)).status).toBe(201);
  expect((await book.call('GET', `/v1/workspaces/${id}/usage`)).status).toBe(200);
});

test('one that starts within our clock error in the month after has that month open', async () => {
  book.setClock('2025-03-31T23:58:00Z');
  expect((await put('ahead', { startsAt: '2025-04-01T00:00:00Z' })).status).toBe(201);
  expect(await periods('ahead')).toEqual(['2025-04 open']);
  book.setClock('2025-03-10T12:34:56Z');
});

test('they are listed page by page in the order of their ids', async () => {
  const ids: string[] = [];
  for (let query = '?limit=2'; ; ) {
    const { body } = await book.call<Listed<Workspace>>('GET', `/v1/workspaces${query}`);
    ids.push(...body.items.map(({ id }) => id));
    if (body.next === undefined) break;
    query = `?limit=2&cursor=${body.next}`;
  }
  expect(ids).toEqual(['ahead', 'past', 'present', 'raced', 'w'.repeat(128)]);
});

test('closing early is asked for once begun, and wakes the workflow', async () => {
  const close = (month: string) => book.call('POST', `/v1/workspaces/past/periods/${month}/close`);
  expect(await close('2025-03')).toMatchObject({
    status: 202,
    body: { period: '2025-03', status: 'open', closeRequestedAt: '2025-03-10T12:34:56Z' },
  });
  const [signal] = await book.db('outbox').select('workflow_id', 'signal_name').where({ kind: 'signal' });
  expect(signal).toEqual({ workflow_id: 'billing:past:2025-03', signal_name: 'closeRequested' });
  expect((await book.call('POST', '/v1/workspaces/ahead/periods/2025-04/close')).status).toBe(409);
});
