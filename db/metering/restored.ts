// A database restored from a dump into another cluster: its transaction ids begin anew, below those that reports and what
// is folded remember.
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { lockShards } from '../locks';
import { everyShard } from './shards';

const isAhead = statement<{ ahead: boolean }>(`
  select bool_or(pg_snapshot_xmax(coalesce(target, folded)) > pg_snapshot_xmax(pg_current_snapshot())) as ahead from fold_cursors`);

// Folding is an OR: what was folded before is folded again and changes nothing.
const takeOver = statement(`
  with reports as (update usage_reports set transaction_id = pg_current_xact_id()),
  marks as (update sources set marked_by = pg_current_xact_id() where marked_by is not null),
  left_out as (update set_aside set folded = '1:1:' where folded is not null)
  update fold_cursors set folded = default, target = null, through_transaction = null, through_replica = null,
    through_hour = null`);

/**
 * Has everything folded afresh where what is remembered is ahead of this cluster's transactions. Every pass of folding
 * asks first: a report of the new cluster would otherwise count as folded, and one of the old never would.
 */
export async function adoptRestored(db: Db): Promise<void> {
  const [row] = await isAhead(db);
  if (!row?.ahead) return;
  await db.transaction(async (trx) => {
    await lockShards(trx, everyShard);
    const [still] = await isAhead(trx);
    if (still?.ahead) await takeOver(trx);
  });
}
