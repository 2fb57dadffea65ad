import { createApiKey } from '../../commands/create-key';
import { type Minutebook, type Problem, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z' });
  await withAcme(book);
});
afterAll(() => book.close());

type Source = { source: string; completeThrough: string | null; meteredThrough: string | null };
type Page = { items: Source[]; next?: string };
const list = async (query = '', key = book.keys.platform) =>
  (await book.call<Page>('GET', `/v1/sources${query}`, { key })).body;
const send = (source: string, completeThrough?: string) =>
  book.call('POST', '/v1/usage', { body: { source, reports: [], ...(completeThrough ? { completeThrough } : {}) } });

test('lists each source with its mark, and how much of it is metered', async () => {
  expect(await list()).toEqual({ items: [] });
  await sendUsage(book, [report('2025-02-10T11:00:00Z', '2025-02-10T11:10:00Z')], '2025-02-10T11:10:00Z');
  await send('silent');
  const silent = { source: 'silent', completeThrough: null, meteredThrough: null };
  const first = { source: 'cluster-1', completeThrough: '2025-02-10T11:10:00Z' };
  expect(await list()).toEqual({ items: [{ ...first, meteredThrough: null }, silent] });
  await book.meter();
  expect((await list()).items).toEqual([{ ...first, meteredThrough: first.completeThrough }, silent]);
  // The shard that is furthest behind decides; one without a mark is behind all.
  await book.db('metered_marks').where({ shard: 7 }).update({ metered_through: '2025-02-10T10:00:00Z' });
  expect((await list()).items[0]?.meteredThrough).toBe('2025-02-10T10:00:00Z');
  await book.db('metered_marks').where({ shard: 7 }).delete();
  expect((await list()).items[0]?.meteredThrough).toBeNull();
});

test('goes on from page to page, in the order of first batches', async () => {
  for (const source of ['zebra', 'ant']) await send(source, '2025-02-10T11:00:00Z');
  const one = await list('?limit=2');
  const two = await list(`?limit=2&cursor=${one.next}`);
  expect([one, two].map(({ items }) => items.map(({ source }) => source))).toEqual([
    ['cluster-1', 'silent'],
    ['zebra', 'ant'],
  ]);
  expect(two.next).toBeUndefined();
});

test.each([['?limit=0'], ['?cursor=eA'], ['?cursor=OTk5OTk5OTk5OTk5'], ['?after=1']])('refuses %s', async (query) => {
  const { status, body } = await book.call<Problem>('GET', `/v1/sources${query}`);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
});

test("a workspace's own key does not see who reports", async () => {
  const key = await createApiKey(book.db, { role: 'workspace', name: 'page', workspace: 'acme' });
  expect((await book.call('GET', '/v1/sources', { key })).status).toBe(403);
});
