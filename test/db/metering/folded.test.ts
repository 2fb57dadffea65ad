// Reports that are folded are kept for a while, and cost nothing: nobody reads through them to what is new, be it a round, a fold,
// a bill of somebody else in the shard, a metric or the dropping of what is old.
import { applyCredits } from '../../../commands/compute-standings';
import { finalizeInvoice } from '../../../commands/finalize-invoice';
import { isUnmetered, readClosing } from '../../../db/billing/closing';
import type { Trx } from '../../../db/connection/knex';
import { foldShard } from '../../../db/metering/fold';
import { rollUpShard } from '../../../db/metering/hours';
import { readMeteredThrough } from '../../../db/metering/marks';
import { dropOldReports, readNeeds } from '../../../db/metering/retention';
import { beginRound } from '../../../db/metering/rounds';
import { dayMs } from '../../../domain/period';
import { type Minutebook, report, sendUsage, startMinutebook, withAcme } from '../../api/minutebook';
import { type Asked, noteAsked } from '../../harness/asked';
import { planModes, rowsRead } from '../../harness/rows-read';
import { at } from '../fixtures';

const busy = 'acme';
const folded = 30_000;
const nowMs = at('2025-03-05T12:00:00Z');

let book: Minutebook;
let quiet: string;
let shard: number;
const asked: Asked[] = [];
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-03-03T12:00:00Z', freeCreditsUsd: '0', settings: { deadlineMs: 0 } });
  await withAcme(book);
  [shard, quiet] = await neighbourOf(busy);
  await withAcme(book, quiet);
  await use(busy, '2025-03-01T00:00:00Z', '2025-03-01T01:00:00Z');
  await use(quiet, '2025-02-01T00:00:00Z', '2025-02-01T01:00:00Z');
  await useMuch();
  book.setClock('2025-03-05T12:00:00Z');
  await book.meter();
  // Of a month whose earlier ones are open nobody asks whether usage is left.
  for (const workspace of [busy, quiet])
    expect(await finalizeInvoice(book.connections, { workspace, month: '2025-01' })).toMatchObject({ kind: 'empty' });
  await book.db.raw('analyze');
});
afterAll(() => book.close());

async function neighbourOf(workspace: string): Promise<[number, string]> {
  const { rows } = await book.db.raw(
    `select shard, (select 'w' || n from generate_series(1, 200) as n
        where hashtextextended('w' || n, 0) & 15 = hashtextextended(id, 0) & 15 limit 1) as neighbour
      from workspaces where id = ?`,
    [workspace],
  );
  return [rows[0].shard, rows[0].neighbour];
}

async function use(workspace: string, from: string, to: string): Promise<void> {
  expect(await sendUsage(book, [report(from, to, { workspace })])).toMatchObject({ status: 202 });
}

/** Three days of reports of the busy one, a thousand a transaction. */
async function useMuch(): Promise<void> {
  await book.db.raw(
    `select ensure_usage_reports_day(day::date) from generate_series('2025-03-03'::timestamp, '2025-03-05', '1 day') as day`,
  );
  for (let nth = 0; nth < folded / 1000; nth++)
    await book.db.raw(
      `insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
        select received_at + ? * interval '1 day', hour + n % 24 * interval '1 hour', 1::int8 << (n % 60), replica_id, source_id, 1, phase, shard, workspace_id
        from (select * from usage_reports where workspace_id = ? order by transaction_id limit 1) as first, generate_series(1, 1000) as n`,
      [nth % 3, busy],
    );
}

async function meter(): Promise<void> {
  await beginRound(book.db, { nowMs });
  await foldShard(book.db, shard);
  await rollUpShard(book.db, shard);
  await applyCredits(book.connections, shard);
}

/** What is asked of reports by whatever goes to those that are new, or looks whether there are any. */
async function live(): Promise<void> {
  expect(await isUnmetered(book.db, quiet)).toBe(false);
  await readClosing(book.db, { workspace: quiet, month: '2025-02' });
  await meter();
  await readMeteredThrough(book.db, { workspace: quiet, months: ['2025-02'] });
  expect(await book.call('GET', '/metrics')).toMatchObject({ status: 200 });
  expect(await readNeeds(book.db, '2025-02')).not.toContain('unfolded');
  await undone((trx) => dropOldReports(trx, { nowMs: nowMs + dayMs, keepDays: 0 }));
}

/** Drops the days but for this: whoever looks afterwards finds them. */
async function undone(work: (trx: Trx) => Promise<number>): Promise<void> {
  const trx = await book.db.transaction();
  try {
    expect(await work(trx)).toBe(3);
  } finally {
    await trx.rollback();
  }
}

const readMax = 300;

/** Statements that read more of reports than is new, with how many they read. */
async function readingMore(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const each of [...asked])
    for (const mode of planModes) {
      const read = (await rowsRead(book.db, each, { tables: ['usage_reports'], mode })).get('usage_reports') ?? 0;
      if (read > readMax) found.push(`${mode} ${read} ${each.sql.replace(/\s+/g, ' ').slice(0, 200)}`);
    }
  return found;
}

it('they are passed by whatever goes to those that are new', async () => {
  noteAsked(book.db, /usage_reports|usage_month/, asked);
  noteAsked(book.appDb, /usage_reports|usage_month/, asked);
  await live();
  expect(await readingMore()).toEqual([]);

  await use(quiet, '2025-02-01T01:00:00Z', '2025-02-01T02:00:00Z');
  expect(await isUnmetered(book.db, quiet)).toBe(true);
  expect(await readNeeds(book.db, '2025-02')).toContain('unfolded');
  expect(await readingMore()).toEqual([]);

  await meter();
  await live();
  await finalizeInvoice(book.connections, { workspace: quiet, month: '2025-02' });
  expect(await readingMore()).toEqual([]);
  expect(new Set(asked.map(({ sql }) => sql)).size).toBeGreaterThan(9);
});

it('they are passed for a workspace that is set aside, too', async () => {
  const isLeftOut = {
    shard,
    workspace_id: quiet,
    work: 'fold',
    error: 'bad data',
    next_attempt_at: '2025-01-01T00:00:00Z',
  };
  await book.db('set_aside').insert({ ...isLeftOut, folded: book.db.raw('pg_current_snapshot()') });
  await use(quiet, '2025-02-01T02:00:00Z', '2025-02-01T03:00:00Z');
  await readMeteredThrough(book.db, { workspace: quiet, months: ['2025-02'] });
  expect(await readNeeds(book.db, '2025-02')).toContain('set_aside');
  expect(await readingMore()).toEqual([]);
  await meter();
  expect(await book.db('set_aside')).toEqual([]);
  expect(await readingMore()).toEqual([]);
});

it('of a backlog a bill looks at the first, though nothing is known of the day that it came in', async () => {
  await book.db.raw(`select ensure_usage_reports_day('2025-03-06')`);
  await book.db.raw(
    `insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
      select '2025-03-06T00:00:00Z', hour, mask, replica_id, source_id, 1, phase, (shard + n) % 16,
        case when n / 16 % 24 = 0 then workspace_id else 'other' || n / 16 % 24 end
      from (select * from usage_reports where workspace_id = ? limit 1) as first, generate_series(1, 160000) as n`,
    [busy],
  );
  asked.length = 0;
  expect(await isUnmetered(book.db, busy)).toBe(true);
  expect(asked).toHaveLength(1);
  expect(await readingMore()).toEqual([]);
});
