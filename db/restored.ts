// A database restored from a dump into another cluster: its transaction ids begin anew, below those that reports and fold
// cursors remember, and new reports would never be folded.
import type { Db } from './knex';
import { statement } from './statement';

const isAhead = statement<{ ahead: boolean }>(`
  select max(folded_through::text::numeric) > pg_snapshot_xmax(pg_current_snapshot())::text::numeric as ahead
  from fold_cursors`);

const lockShards = statement(`select pg_advisory_xact_lock(712, shard) from fold_cursors order by shard`);

// Folding is an OR: what was folded before is folded again and changes nothing.
const takeOver = statement(`
  with reports as (update usage_reports set transaction_id = pg_current_xact_id()),
  marks as (update sources set marked_by = pg_current_xact_id() where marked_by is not null)
  update fold_cursors set folded_through = '0'`);

/**
 * Has everything folded afresh where the cursors are ahead of this cluster's transactions. Answers whether that was so.
 * Cheap otherwise; every worker asks at its start, and so does the migration.
 */
export async function adoptRestored(db: Db): Promise<boolean> {
  const [row] = await isAhead(db);
  if (!row?.ahead) return false;
  await db.transaction(async (trx) => {
    await lockShards(trx);
    await takeOver(trx);
  });
  return true;
}
