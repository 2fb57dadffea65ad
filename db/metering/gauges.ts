// How far metering is behind, read cheaply however much waits.
import { formatInstant } from '../../domain/period';
import { boundedCount } from '../connection/bounded';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { isOver } from './days';
import { theOldest, unfoldedBy } from './unfolded';

// By the index: one descent a shard and partition. A pass that is under way counts as having folded all that it has gone
// past, as looking at those reports one by one would cost as much as folding them.
const selectUnfolded = statement<{ shard: number; age: number }>(`
  select fold_cursors.shard,
    coalesce(greatest(0, extract(epoch from :now::timestamptz - oldest.received_at)), 0)::float8 as age
  from fold_cursors left join lateral ${unfoldedBy('fold_cursors', 'received_at', {
    condition: `transaction_id >= coalesce(through_transaction, '0'::xid8)`,
    first: theOldest,
  })} as oldest on true
  order by fold_cursors.shard`);

/** Seconds since the oldest report that is not in the masks yet was received, by shard; 0 where none is. */
export function unfoldedAges(db: Db, { nowMs }: { nowMs: number }) {
  return selectUnfolded(db, { now: formatInstant(nowMs) });
}

const countDirty = statement<{ hours: number; days: number; credits: number }>(`
  select ${boundedCount('from dirty_hours')} as hours,
    ${boundedCount(`from dirty_days where ${isOver}`)} as days,
    ${boundedCount('from dirty_credits')} as credits`);

/** What waits to be recomputed: hours of workspaces, their days that are over, and workspaces' credits. */
export async function countUnrolled(
  db: Db,
  { nowMs }: { nowMs: number },
): Promise<readonly { kind: string; count: number }[]> {
  const [row] = await countDirty(db, { now: formatInstant(nowMs) });
  return Object.entries(row ?? {}).map(([kind, count]) => ({ kind, count }));
}

const selectAhead = statement<{ days: number | null }>(`
  select to_date(max(right(partition.relname, 8)), 'YYYYMMDD') - (:now::timestamptz at time zone 'UTC')::date as days
  from pg_inherits join pg_class as partition on partition.oid = inhrelid
  where inhparent = 'usage_reports'::regclass`);

/** How many days beyond today have a partition for the reports received then; undefined where no day has one. */
export async function partitionsAheadDays(db: Db, { nowMs }: { nowMs: number }): Promise<number | undefined> {
  const [row] = await selectAhead(db, { now: formatInstant(nowMs) });
  return row?.days ?? undefined;
}

const selectSetAside = statement<{ step: string; count: number }>(`
  select step, ${boundedCount('from set_aside where work = step')} as count
  from unnest('{replay,fold,roll_up,credits}'::text[]) as step`);

/** Workspaces that are set aside, by the step that they make fail. */
export function countSetAside(db: Db): Promise<readonly { step: string; count: number }[]> {
  return selectSetAside(db);
}
