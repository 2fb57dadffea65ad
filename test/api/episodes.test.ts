// Episodes of the guard as operators read them: what ran inside each, what was written off, how long it took.

import type { Episode, EpisodesSummary } from '../../contract/episodes';
import { aroundRules } from '../harness/around-rules';
import { addEpisode } from '../harness/episodes';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-02-10T12:00:00Z', freeCreditsUsd: '0', settings: { deadlineMs: 0 } });
  await withAcme(book);
  await withAcme(book, 'other');
  const idle = { phase: 'idle', replica: 'r2' };
  await sendUsage(book, [
    report('2025-01-10T00:00:00Z', '2025-01-10T04:00:00Z'),
    report('2025-01-10T00:00:00Z', '2025-01-10T04:00:00Z', idle),
    report('2025-02-10T11:00:00Z', '2025-02-10T12:00:00Z', { workspace: 'other' }),
  ]);
  await book.meter();
  await addEpisode(book.db, 'acme', { from: '2025-01-10T00:30:00Z', until: '2025-01-10T02:10:00Z' });
  await addEpisode(book.db, 'acme', { number: 2, from: '2025-01-10T03:59:00Z', until: '2025-01-10T03:59:00Z' });
  await addEpisode(book.db, 'other', { from: '2025-02-10T11:50:00Z', because: 'method' });
  await aroundRules(
    book.db,
    `update guard_episodes set noticed_at = '2025-01-10T00:29:50Z', commanded_at = '2025-01-10T00:29:51Z',
       confirmed_at = '2025-01-10T00:29:53.500Z' where workspace_id = 'acme' and number = 1`,
  );
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
});
afterAll(() => book.close());

type Page = { readonly items: readonly Episode[]; readonly next?: string };
const page = async (query: string) => (await book.call<Page>('GET', `/v1/guard/episodes?${query}`)).body;
const ids = ({ items }: Page) => items.map(({ workspace, number }) => `${workspace} ${number}`);

test('an episode tells what ran inside it, and what was written off', async () => {
  const { items } = await page('');
  expect(items).toEqual([
    {
      workspace: 'other',
      number: 1,
      because: 'method',
      creditsGoneAt: '2025-02-10T11:50:00Z',
      noticedAt: '2025-02-10T11:50:00Z',
      overrunMinutes: 10,
      overrunListAmount: '0.100000000',
    },
    expect.objectContaining({ number: 2, overrunMinutes: 0, overrunListAmount: '0.000000000' }),
    {
      workspace: 'acme',
      number: 1,
      because: 'credits',
      creditsGoneAt: '2025-01-10T00:30:00Z',
      noticedAt: '2025-01-10T00:29:50Z',
      commandedAt: '2025-01-10T00:29:51Z',
      confirmedAt: '2025-01-10T00:29:53.500Z',
      endsAt: '2025-01-10T02:10:00Z',
      restoredAt: '2025-01-10T02:10:00Z',
      overrunMinutes: 100,
      overrunListAmount: '1.000000000',
      writtenOff: '1.00',
    },
  ]);
});

test('they come a page at a time, of one workspace or a span', async () => {
  const first = await page('limit=2');
  expect(ids(first)).toEqual(['other 1', 'acme 2']);
  const second = await page(`limit=2&cursor=${first.next}`);
  expect(ids(second)).toEqual(['acme 1']);
  expect(second.next).toBeUndefined();
  expect(ids(await page('workspace=acme'))).toEqual(['acme 2', 'acme 1']);
  expect(ids(await page('from=2025-01-10T00:30:00Z&to=2025-01-10T03:59:00Z'))).toEqual(['acme 1']);
});

test('a summary tells how much ran on and how long it took, over a span', async () => {
  const summary = async (query: string) =>
    (await book.call<EpisodesSummary>('GET', `/v1/guard/episodes/summary?${query}`)).body;
  expect(await summary('from=2025-01-01T00:00:00Z')).toEqual({
    from: '2025-01-01T00:00:00Z',
    to: '2025-02-10T12:00:00Z',
    episodes: 3,
    unconfirmed: 2,
    overrunMinutes: { p50: 10, p99: 100, max: 100 },
    overrunListAmount: { p50: '0.100000000', p99: '1.000000000', max: '1.000000000' },
    secondsToStop: { p50: 3.5, p99: 3.5, max: 3.5 },
  });
  expect(await summary('workspace=other')).toMatchObject({ episodes: 1, unconfirmed: 1 });
  expect(await summary('to=2024-12-01T00:00:00Z')).toEqual({
    from: '2024-11-01T00:00:00Z',
    to: '2024-12-01T00:00:00Z',
    episodes: 0,
    unconfirmed: 0,
  });
});

test.each([
  ['from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z', /after from/],
  ['from=2024-01-01T00:00:00Z', /at most 92 days/],
  ['from=yesterday', /RFC 3339/],
])('a summary of %s is refused', async (query, says) => {
  const { status, body } = await book.call('GET', `/v1/guard/episodes/summary?${query}`);
  expect([status, body.faults?.map(({ message }) => message).join()]).toEqual([400, expect.stringMatching(says)]);
});
