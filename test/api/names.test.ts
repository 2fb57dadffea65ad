// Names as users have them, all the way: reported, priced, listed page by page, shown, kept in quarantine and replayed.
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  await withAcme(book);
});
afterAll(() => book.close());

const types = ['A10G/x4', 'H100:2', '"q\\"', '{a,b}', "it's", 'NULL', '%$1?:x', '~'.repeat(200)];
const facts = { model: 'meta-llama/Llama-3-8B', version: '1.0.0+cu118', replica: '{"a\\",b}' };
const from = '2025-01-02T00:00:00Z';
const to = '2025-01-02T00:10:00Z';
const reports = types.map((instanceType) => report(from, to, { ...facts, instanceType }));
const byCode = [...types].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

type Listed = { readonly items: readonly { readonly instanceType: string }[]; readonly next?: string };

async function typesByPage(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await book.call<Listed>('GET', `${path}?limit=1${cursor}`);
    expect(status).toBe(200);
    found.push(...body.items.map((item) => item.instanceType));
    if (body.next === undefined) return found;
    cursor = `&cursor=${body.next}`;
  }
}

test('reports with such names lie in quarantine under them, and are listed page by page', async () => {
  const body = { source: 'eu/cluster@1', reports };
  expect((await book.call('POST', '/v1/usage', { body })).body).toEqual({ accepted: 0, quarantined: 8, ignored: 0 });
  expect(await typesByPage('/v1/quarantine')).toEqual(byCode);
});

test('prices for them are listed page by page, and replay them', async () => {
  const prices = types.map((instanceType) => ({
    instanceType,
    usdPerMinute: '0.5',
    effectiveFrom: '2025-01-01T00:00:00Z',
  }));
  expect((await book.call('PUT', '/v1/prices', { body: prices })).status).toBe(200);
  expect(await typesByPage('/v1/prices')).toEqual(
    [...byCode, 'gpu'].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
  expect(await typesByPage('/v1/quarantine')).toEqual([]);
});

test('the dashboard and the hours show them', async () => {
  expect((await sendUsage(book, reports)).body).toEqual({ accepted: 8, quarantined: 0, ignored: 0 });
  await book.meter();
  type Version = { version: string; instanceTypes: { instanceType: string; replicaMinutes: number }[] };
  const { body } = await book.call<{ models: { model: string; versions: Version[] }[] }>(
    'GET',
    '/v1/workspaces/acme/usage',
  );
  const [model] = body.models;
  expect([body.models.length, model?.model, model?.versions.length]).toEqual([1, facts.model, 1]);
  const [version] = model?.versions ?? [];
  expect(version?.version).toBe(facts.version);
  expect(version?.instanceTypes.map((each) => each.instanceType).sort()).toEqual([...types].sort());
  expect(version?.instanceTypes.every((each) => each.replicaMinutes === 10)).toBe(true);
  const hours = await book.call<{ items: { models: { instanceType: string }[] }[] }>(
    'GET',
    `/v1/workspaces/acme/usage/hours?from=${from}&to=2025-01-03T00:00:00Z`,
  );
  expect(hours.body.items[0]?.models.map((each) => each.instanceType).sort()).toEqual([...types].sort());
});

test('the database refuses what is no name', async () => {
  for (const id of ['', 'a b', 'é', 'x'.repeat(201)]) {
    await expect(book.db('instance_types').insert({ id })).rejects.toThrow(/name_text/);
  }
  const facts = { role: 'workspace', name: 'x', key_hash: Buffer.from('x') };
  for (const workspace_id of ['..', '.', 'a/b', '', 'x'.repeat(129)]) {
    await expect(book.db('api_keys').insert({ ...facts, workspace_id })).rejects.toThrow(/identifier/);
  }
});

test('reports without length count for nothing: their source has not reported the month', async () => {
  const nothing = report(from, from, { replica: 'never' });
  const body = { source: 'idle', reports: [nothing, nothing] };
  expect((await book.call('POST', '/v1/usage', { body })).body).toEqual({ accepted: 0, quarantined: 0, ignored: 2 });
  expect(await book.db('replicas').where({ replica: 'never' })).toEqual([]);
  const sources = await book
    .db('source_periods')
    .join('sources', 'sources.source_id', 'source_periods.source_id')
    .pluck('source');
  expect(sources).not.toContain('idle');
});
