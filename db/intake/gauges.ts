// What lies in quarantine: usage that nobody is billed for.
import { formatInstant } from '../../domain/period';
import { boundedCount } from '../connection/bounded';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import type { QuarantineReason } from './quarantine';

const reasons: readonly QuarantineReason[] = ['unknown_workspace', 'before_start', 'no_price', 'too_old'];

const countByReason = statement<{ reason: QuarantineReason; count: number }>(
  reasons
    .map(
      (reason) => `
  select '${reason}' as reason, ${boundedCount(`from usage_quarantine where reason = '${reason}'`)} as count`,
    )
    .join(' union all'),
);

/** Reports by the reason that brought them there. */
export function countQuarantined(db: Db) {
  return countByReason(db);
}

const selectOldest = statement<{ age: number }>(`
  select greatest(0, extract(epoch from :now::timestamptz - received_at))::float8 as age
  from usage_quarantine order by quarantine_id limit 1`);

/** Seconds since the report that lies there for the longest came; 0 where there is none. */
export async function quarantineAge(db: Db, { nowMs }: { nowMs: number }): Promise<number> {
  const [row] = await selectOldest(db, { now: formatInstant(nowMs) });
  return row?.age ?? 0;
}
