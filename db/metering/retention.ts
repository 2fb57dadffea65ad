// Partitions: made before they are needed; those of usage reports dropped a received day at a time once they are folded and kept
// for a while, those of masks and roll-ups a month at a time, where a platform says for how long, once nothing needs them.
import { dayMs, formatInstant, type Month, monthOf, previousMonth } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

// Days for the reports to come, and the next month of masks: what intake and folding would otherwise make on their way.
const makeAhead = statement(`
  select ensure_usage_reports_day(((:now::timestamptz at time zone 'UTC')::date + ahead)::date) from generate_series(0, :days) as ahead
  union all
  select ensure_usage_month((date_trunc('month', :now::timestamptz at time zone 'UTC') + ahead * interval '1 month')::date)
  from generate_series(0, 1) as ahead`);

const daysAhead = 7;

/** Makes the partitions of the coming week and month that are missing: mostly none. */
export async function makePartitionsAhead(db: Db, nowMs: number): Promise<void> {
  await makeAhead(db, { now: formatInstant(nowMs), days: daysAhead });
}

const dropDays = statement<{ dropped: number }>(`
  select drop_usage_reports((:before::timestamptz at time zone 'UTC')::date) as dropped`);

// Dropping waits for everybody who reads them, and everybody waits for it: rather not now than for long. Of two that wait for each
// other, who reads one month's tables and who drops them, this one gives way before Postgres chooses.
const waitBriefly = statement(`select set_config('lock_timeout', '500ms', true)`);
const lockNotAvailable = '55P03';

async function unlessInUse<T>(db: Db, otherwise: T, drop: (trx: Trx) => Promise<T>): Promise<T> {
  try {
    return await db.transaction(async (trx) => {
      await waitBriefly(trx);
      return drop(trx);
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === lockNotAvailable) return otherwise;
    throw error;
  }
}

/** Drops the days received more than `keepDays` ago. Answers how many; none where a fold is at it: the next round is. */
export async function dropOldReports(
  db: Db,
  { nowMs, keepDays }: { nowMs: number; keepDays: number },
): Promise<number> {
  const before = formatInstant(nowMs - keepDays * dayMs);
  return unlessInUse(db, 0, async (trx) => {
    const [row] = await dropDays(trx, { before });
    return row?.dropped ?? 0;
  });
}

// Of the masks: the other tables of a month come and go with them.
const selectDue = statement<{ month: string }>(`
  select to_char(to_date(right(partition.relname, 6), 'YYYYMM'), 'YYYY-MM') as month
  from pg_inherits join pg_class as partition on partition.oid = inhrelid
  where inhparent = 'replica_hours'::regclass and right(partition.relname, 6) < :before
  order by 1`);

/** The months of usage, ascending, that are older than the running one by more than `keepMonths`. */
export async function listDueMonths(
  db: Db,
  { nowMs, keepMonths }: { nowMs: number; keepMonths: number },
): Promise<readonly Month[]> {
  let first = monthOf(nowMs);
  for (let ago = 0; ago < keepMonths; ago++) first = previousMonth(first);
  return (await selectDue(db, { before: first.replace('-', '') })).map(({ month }) => month);
}

const dropMonth = statement<{ needed_by: string[] }>(`
  select to_json(drop_usage_month(:first_day::date)) as needed_by`);

/**
 * Drops the months of usage that are older than the running one by more than `keepMonths`, the oldest first, up to one that is
 * still needed. Answers how many; none where somebody is at old usage: the next round is.
 */
export async function dropOldUsage(db: Db, of: { nowMs: number; keepMonths: number }): Promise<number> {
  let dropped = 0;
  for (const month of await listDueMonths(db, of)) {
    const neededBy = await unlessInUse(db, ['in_use'], async (trx) => {
      const [row] = await dropMonth(trx, { first_day: `${month}-01` });
      return row?.needed_by ?? [];
    });
    if (neededBy.length > 0) break;
    dropped++;
  }
  return dropped;
}

const selectNeeds = statement<{ because: string }>(`select because from usage_month_needed_by(:first_day::date)`);

/** What keeps a month of usage from being dropped: words of usage_month_needed_by. */
export async function readNeeds(db: Db, month: Month): Promise<readonly string[]> {
  return (await selectNeeds(db, { first_day: `${month}-01` })).map(({ because }) => because);
}
