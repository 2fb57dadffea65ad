// Sources as they are listed: up to when each says that it has reported everything, and how much of that is metered.
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { shardCount } from '../metering/shards';

export type ListedSource = {
  readonly id: number;
  readonly source: string;
  /** Null where it never sent a mark. */
  readonly completeThroughMs: number | null;
  /** Null where no mark of it is metered in every shard yet. */
  readonly meteredThroughMs: number | null;
};

type Row = { source_id: number; source: string; complete_through: number | null; metered_through: number | null };

// A look-up by key for each shard: marks are kept by shard, and the last of them counts.
const selectSources = statement<Row>(`
  select source_id, source, complete_through, (
    select case when count(*) = ${shardCount} then min(metered_through) end
    from fold_cursors join metered_marks using (shard)
    where metered_marks.source_id = sources.source_id) as metered_through
  from sources where source_id > :after::int8
  order by source_id limit :limit`);

/** In the order of their first batches. */
export async function listSources(
  db: Db,
  { after, limit }: { after: number; limit: number },
): Promise<readonly ListedSource[]> {
  const rows = await selectSources(db, { after, limit });
  return rows.map((row) => ({
    id: row.source_id,
    source: row.source,
    completeThroughMs: row.complete_through,
    meteredThroughMs: row.metered_through,
  }));
}
