// Partitions: made before they are needed, and those of usage reports dropped a received day at a time once they are folded
// and kept for a while.
import { dayMs, formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
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

// Dropping waits for everybody who reads reports, and everybody waits for it: rather not now than for long.
const waitBriefly = statement(`select set_config('lock_timeout', '1s', true)`);
const lockNotAvailable = '55P03';

/** Drops the days received more than `keepDays` ago. Answers how many; none where a fold is at it: the next round is. */
export async function dropOldReports(
  db: Db,
  { nowMs, keepDays }: { nowMs: number; keepDays: number },
): Promise<number> {
  const before = formatInstant(nowMs - keepDays * dayMs);
  try {
    return await db.transaction(async (trx) => {
      await waitBriefly(trx);
      const [row] = await dropDays(trx, { before });
      return row?.dropped ?? 0;
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === lockNotAvailable) return 0;
    throw error;
  }
}
