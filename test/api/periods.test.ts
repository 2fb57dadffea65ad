// What a month that is not closed waits for, and up to when one that is closed is metered.
import { type Minutebook, report, startMinutebook, withAcme } from './minutebook';

let book: Minutebook;
beforeEach(async () => {
  book = await startMinutebook({ now: '2025-01-31T12:00:00Z', freeCreditsUsd: '0' });
  await withAcme(book);
});
afterEach(() => book.close());

type WaitingFor = {
  what: string;
  until: string;
  sources?: { source: string; completeThrough: string | null }[];
};
const waitingFor = async (month: string) => {
  const { body } = await book.call<{ items: { period: string; waitingFor?: WaitingFor }[] }>(
    'GET',
    '/v1/workspaces/acme/periods',
  );
  return body.items.find(({ period }) => period === month)?.waitingFor;
};
const send = (source: string, reports: readonly unknown[], completeThrough?: string) =>
  book.call('POST', '/v1/usage', { body: { source, reports, ...(completeThrough ? { completeThrough } : {}) } });
const finalize = (month: string) => book.activities.billing.finalizeInvoice({ workspace: 'acme', month });
const used = (from: string, to: string) => [report(from, to)];
const january = used('2025-01-30T10:00:00Z', '2025-01-30T10:10:00Z');

const hours = '/v1/workspaces/acme/usage/hours?from=2025-01-30T00:00:00Z&to=2025-02-02T00:00:00Z';
const meteredThrough = async (url = '/v1/workspaces/acme/usage?period=2025-01') =>
  (await book.call<{ meteredThrough: string | null }>('GET', url)).body.meteredThrough;

test('nothing before its end; then the sources whose marks have not reached it, whether it has been asked or not', async () => {
  await send('behind', january, '2025-01-31T11:00:00Z');
  await send('silent', january);
  await send('ahead', january, '2025-01-31T12:00:00Z');
  await send('unconcerned', []);
  expect(await waitingFor('2025-01')).toBeUndefined();
  book.setClock('2025-02-01T00:05:00Z');
  await send('ahead', [], '2025-02-01T00:05:00Z');
  const expected = {
    what: 'complete_usage',
    sources: [
      { source: 'silent', completeThrough: null },
      { source: 'behind', completeThrough: '2025-01-31T11:00:00Z' },
    ],
    until: '2025-02-02T00:00:00Z',
  };
  expect(await waitingFor('2025-01')).toEqual(expected);
  expect(await finalize('2025-01')).toMatchObject({ kind: 'waiting', for: expected.what, until: expected.until });
  expect(await waitingFor('2025-01')).toEqual(expected);

  await send('behind', [], '2025-02-01T00:00:00Z');
  expect((await waitingFor('2025-01'))?.sources).toEqual([{ source: 'silent', completeThrough: null }]);
  await send('silent', [], '2025-02-01T00:00:00Z');
  expect(await waitingFor('2025-01')).toBeUndefined();
  expect(await finalize('2025-01')).toMatchObject({ kind: 'invoiced', because: 'complete' });
  expect(await waitingFor('2025-01')).toBeUndefined();
});

test('a month that nobody reported in waits for any source that ever reported for the workspace, and says if none did', async () => {
  book.setClock('2025-02-01T00:05:00Z');
  expect(await waitingFor('2025-01')).toEqual({ what: 'complete_usage', sources: [], until: '2025-02-02T00:00:00Z' });
  const february = used('2025-02-01T00:00:00Z', '2025-02-01T00:01:00Z');
  await send('one', february, '2025-01-31T23:00:00Z');
  await send('other', february);
  expect((await waitingFor('2025-01'))?.sources).toEqual([
    { source: 'other', completeThrough: null },
    { source: 'one', completeThrough: '2025-01-31T23:00:00Z' },
  ]);
  await send('one', [], '2025-02-01T00:00:00Z');
  expect(await waitingFor('2025-01')).toBeUndefined();
  expect(await finalize('2025-01')).toEqual({ kind: 'empty', because: 'complete' });
});

test('a month whose earlier one is not closed waits for that, even where it is to be closed early', async () => {
  book.setClock('2025-02-10T12:00:00Z');
  await send('silent', january);
  await book.activities.billing.openNextPeriod({ workspace: 'acme', month: '2025-01' });
  expect(await waitingFor('2025-02')).toBeUndefined();
  await book.call('POST', '/v1/workspaces/acme/periods/2025-02/close');
  expect(await finalize('2025-02')).toMatchObject({ kind: 'waiting', for: 'earlier_period' });
  expect(await waitingFor('2025-02')).toEqual({ what: 'earlier_period', until: '2025-03-02T00:00:00Z' });
});

test('a month closed by its deadline is metered through its end although a source never spoke, and stays so', async () => {
  await send('silent', january);
  await book.meter();
  expect(await meteredThrough()).toBeNull();
  book.setClock('2025-02-02T00:01:00Z');
  expect(await meteredThrough()).toBeNull();
  expect(await finalize('2025-01')).toMatchObject({ kind: 'invoiced', because: 'deadline' });
  expect(await meteredThrough()).toBe('2025-02-01T00:00:00Z');
  // Late usage of a source that has not spoken either is shown as unbilled; the invoice holds what it held.
  await send('late', used('2025-01-30T12:00:00Z', '2025-01-30T12:10:00Z'));
  await book.meter();
  expect(await meteredThrough()).toBe('2025-02-01T00:00:00Z');
  // Hours that go into February: of that, nobody has spoken.
  expect(await meteredThrough(hours)).toBe('2025-02-01T00:00:00Z');
});

test('hours of a closed month and a running one go as far as the sources of the running one say', async () => {
  await send('one', january, '2025-01-31T12:00:00Z');
  book.setClock('2025-02-01T12:00:00Z');
  await send('one', used('2025-02-01T10:00:00Z', '2025-02-01T10:10:00Z'), '2025-02-01T11:00:00Z');
  await finalize('2025-01');
  await book.meter();
  expect(await meteredThrough()).toBe('2025-02-01T00:00:00Z');
  expect(await meteredThrough(hours)).toBe('2025-02-01T11:00:00Z');
  expect(await meteredThrough('/v1/workspaces/acme/usage?period=2025-02')).toBe('2025-02-01T11:00:00Z');
});

test('a month closed before its end goes on as its sources say, as its later minutes are still to come', async () => {
  await send('one', january, '2025-01-31T11:00:00Z');
  await book.meter();
  await book.call('POST', '/v1/workspaces/acme/periods/2025-01/close');
  expect(await finalize('2025-01')).toMatchObject({ kind: 'invoiced', because: 'requested' });
  expect(await meteredThrough()).toBe('2025-01-31T11:00:00Z');
  book.setClock('2025-02-03T00:00:00Z');
  await send('one', [], '2025-02-02T00:00:00Z');
  await book.meter();
  expect(await meteredThrough()).toBe('2025-02-02T00:00:00Z');
});
