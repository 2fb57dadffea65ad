// How often reading calls wait for Postgres, with BEGIN and COMMIT.
import { addEpisode } from '../harness/episodes';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-10T12:00:00Z', isCounted: true });
  await withAcme(book);
  const body = { name: 'New', billingEmail: 'new@example.com', startsAt: '2025-03-01T00:00:00Z' };
  await book.call('PUT', '/v1/workspaces/new', { body });
  const used = [
    report('2025-01-05T00:00:00Z', '2025-01-05T10:00:00Z'),
    report('2025-02-05T00:00:00Z', '2025-02-05T10:00:00Z'),
    report('2025-03-09T00:00:00Z', '2025-03-10T10:00:00Z'),
    report('2025-03-09T00:00:00Z', '2025-03-10T10:00:00Z', { workspace: 'new' }),
  ];
  await sendUsage(book, used, '2025-02-01T00:00:00Z');
  await book.meter('2025-03-10T12:00:00Z');
  await book.activities.billing.finalizeInvoice({ workspace: 'acme', month: '2025-01' });
  // January has late usage, February is open still, and an episode of the guard reaches into all of it.
  await sendUsage(book, [report('2025-01-06T00:00:00Z', '2025-01-06T10:00:00Z')]);
  await book.meter('2025-03-10T12:00:00Z');
  await addEpisode(book.db, 'acme', { from: '2025-01-01T00:00:00Z' });
});
afterAll(() => book.close());

// The least of some: a key is remembered for a second, and its use is written down by the way.
async function tripsOf(path: string, keyOf = async () => book.keys.admin): Promise<number> {
  const counts: number[] = [];
  for (let time = 0; time < 4; time++) {
    const key = await keyOf();
    const call = async () => expect([path, (await book.call('GET', path, { key })).status]).toEqual([path, 200]);
    counts.push(await book.roundTrips(call));
  }
  return Math.min(...counts);
}

test.each([
  ['the running month of a workspace with nothing before it', '/v1/workspaces/new/usage', 3],
  ['the running month after one that is open and one with late usage', '/v1/workspaces/acme/usage', 3],
  ['a month that is open behind its end', '/v1/workspaces/acme/usage?period=2025-02', 3],
  ['a month with an invoice and late usage', '/v1/workspaces/acme/usage?period=2025-01', 3],
  ['a month that was never opened', '/v1/workspaces/acme/usage?period=2024-12', 2],
  ['the days of a month', '/v1/workspaces/acme/usage/days', 2],
  ['a day', '/v1/workspaces/acme/usage/days/2025-03-09', 2],
  ['hours', '/v1/workspaces/acme/usage/hours?from=2025-03-09T00:00:00Z&to=2025-03-10T00:00:00Z', 3],
  ['the invoice to come', '/v1/workspaces/acme/invoices/upcoming', 3],
  ['invoices with their lines', '/v1/workspaces/acme/invoices', 2],
  ['an invoice', '/v1/invoices/inv:acme:2025-01:usage:1', 2],
  ['credits', '/v1/workspaces/acme/credits', 3],
  ['the statement of credits', '/v1/workspaces/acme/credits/statement', 2],
  ['periods', '/v1/workspaces/acme/periods', 2],
  ['the guard', '/v1/workspaces/acme/guard', 2],
  ['the gate', '/v1/workspaces/acme/gate', 1],
])('%s takes its number of round trips to Postgres', async (_, path, trips) => {
  expect(await tripsOf(path)).toBe(trips);
});

test('a key that is to be looked up takes one more', async () => {
  let keys = 0;
  const another = async () => {
    const body = { role: 'read', name: `reader-${++keys}` };
    return (await book.call<{ key: string }>('POST', '/v1/keys', { body })).body.key;
  };
  expect(await tripsOf('/v1/workspaces/new/usage', another)).toBe(4);
});
