// Masks and roll-ups have a partition a month: what is done in a month opens that month and its neighbours, and none of the years
// around them, whatever plan Postgres has kept.
import { applyCredits } from '../../../commands/compute-standings';
import { correctUsage } from '../../../commands/correct-usage';
import { finalizeInvoice } from '../../../commands/finalize-invoice';
import { voidInvoice } from '../../../commands/void-invoice';
import { everyShard } from '../../../db/metering/shards';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../../api/minutebook';
import { type Asked, noteAsked } from '../../harness/asked';
import { addEpisode } from '../../harness/episodes';
import { monthly, openedBy } from '../../harness/opened-months';
import { at } from '../fixtures';

let book: Minutebook;
const asked: Asked[] = [];
const workspace = 'acme';
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-05T12:00:00Z', freeCreditsUsd: '0', settings: { deadlineMs: 0 } });
  await book.db.raw(`select ensure_usage_month(month::date)
    from generate_series('2023-01-01'::timestamp, '2027-12-01', interval '1 month') as month`);
});
afterAll(() => book.close());

const author = { actor: 'test', nowMs: at('2025-03-05T12:00:00Z') };
const use = async (from: string, to: string) => {
  expect(await sendUsage(book, [report(from, to)])).toMatchObject({ status: 202 });
};
const correct = (key: string, from: string, to: string) =>
  correctUsage(book.connections, {
    workspace,
    entry: { key, reason: 'wrong', as: 'refund', ranges: [{ model: 'm', from, to }] },
    actor: 'test',
    isPreview: false,
  });
const answered = async (url: string) => expect(await book.call('GET', url)).toMatchObject({ status: 200 });

// Everything that reads or writes usage, in three months.
async function liveThroughAQuarter(): Promise<void> {
  await withAcme(book);
  await addEpisode(book.db, workspace, { from: '2025-01-02T01:20:00Z', until: '2025-01-02T03:10:00Z' });
  await use('2025-01-02T00:00:00Z', '2025-01-02T05:00:00Z');
  await finalizeInvoice(book.connections, { workspace, month: '2025-01' });
  await use('2025-01-02T05:00:00Z', '2025-01-02T06:00:00Z');
  await use('2025-02-03T00:00:00Z', '2025-02-03T05:00:00Z');
  await finalizeInvoice(book.connections, { workspace, month: '2025-02' });
  await use('2025-03-05T09:00:00Z', '2025-03-05T12:00:00Z');
  const prices = [
    { instanceType: 'gpu', usdPerMinute: '0.02', effectiveFrom: '2025-03-04T00:00:00Z' },
    { instanceType: 'gpu', usdPerMinute: '0.01', effectiveFrom: '2025-03-05T10:00:00Z' },
  ];
  expect(await book.call('PUT', '/v1/prices', { body: prices })).toMatchObject({ status: 200 });
  await book.meter();
  for (const shard of everyShard) await applyCredits(book.connections, shard);
  await correct('c1', '2025-01-02T01:00:00Z', '2025-01-02T02:30:00Z');
  await correct('c2', '2025-02-03T01:00:00Z', '2025-02-03T02:30:00Z');
  expect(await book.call('DELETE', `/v1/workspaces/${workspace}/corrections/c2`)).toMatchObject({ status: 200 });
  const voiding = {
    workspace,
    invoice: 'inv:acme:2025-02:usage:1',
    key: 'v',
    reason: 'wrong',
    usage: 'voided',
  } as const;
  const { settings } = book.connections;
  await book.db.transaction((trx) => voidInvoice(trx, { voiding, author, settings }));
  for (const month of ['2025-01', '2025-02', '2025-03']) {
    await answered(`/v1/workspaces/${workspace}/usage?period=${month}`);
    await answered(`/v1/workspaces/${workspace}/usage/days?period=${month}`);
    const span = `from=${month}-02T00:00:00Z&to=${month}-06T00:00:00Z`;
    await answered(`/v1/workspaces/${workspace}/usage/hours?${span}`);
    await answered(`/v1/workspaces/${workspace}/usage/replicas?model=m&${span}`);
  }
  await answered(`/v1/workspaces/${workspace}/usage/days/2025-03-05`);
  await answered(`/v1/workspaces/${workspace}/invoices/upcoming`);
  await answered(`/v1/workspaces/${workspace}/forecast`);
  await answered(`/v1/workspaces/${workspace}/credits`);
  await answered('/v1/guard/episodes?from=2025-01-01T00:00:00Z');
  await answered('/v1/guard/episodes/summary?from=2025-01-01T00:00:00Z');
}

it('opens the months that it is about, of five years of them', async () => {
  noteAsked(book.db, monthly, asked);
  noteAsked(book.appDb, monthly, asked);
  await liveThroughAQuarter();
  const opened = new Map<string, Set<string>>();
  for (const each of [...asked]) {
    const names = opened.get(each.sql) ?? opened.set(each.sql, new Set()).get(each.sql);
    for (const name of await openedBy(book.db, each)) names?.add(name);
  }
  expect(opened.size).toBeGreaterThan(30);
  const far = [...opened].flatMap(([sql, names]) => {
    const others = [...names].filter((name) => !/_2024(11|12)$|_20250[1-4]$/.test(name));
    return others.length === 0 ? [] : [{ sql: sql.replace(/\s+/g, ' ').slice(0, 200), others }];
  });
  expect(far).toEqual([]);
});
