// Which monthly partitions a statement opens, planned once for all values as in a process that has run for a while.
import type { Db } from '../../db/connection/knex';
import { type Asked, askAgain } from './asked';

/** What is to be noted for it. */
export const monthly = /\b(?:replica_hours|usage_hours|hour_totals|usage_days|active_days)\b/;

/** The partitions that are opened, before any row is read: `usage_hours_202501`. */
export async function openedBy(db: Db, asked: Asked): Promise<readonly string[]> {
  const trx = await db.transaction();
  try {
    await trx.raw(`set local plan_cache_mode = force_generic_plan`);
    const rows = await askAgain(trx, asked, 'explain (format json)');
    return [
      ...new Set([...JSON.stringify(rows).matchAll(/"Relation Name":"(\w+_\d{6})"/g)].map(([, name = '']) => name)),
    ];
  } finally {
    await trx.rollback();
  }
}
