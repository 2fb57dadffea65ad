// Usage reports are kept for a while after they are folded, then dropped a received day at a time.
import { dayMs, formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

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
