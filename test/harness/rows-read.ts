// How many rows of some tables statements read, asked again in a transaction that is rolled back: what functions read inside is in it.
import type { Db, Trx } from '../../db/connection/knex';
import { textArray } from '../../db/connection/statement';
import { type Asked, askAgain } from './asked';

export const planModes = ['force_custom_plan', 'force_generic_plan'] as const;

/** Rows, of the table or of an index, that the statement reads of each of these tables, with the partitions that are of it. */
export async function rowsRead(
  db: Db,
  { sql, bindings, planning: settings }: Asked,
  { tables, mode }: { readonly tables: readonly string[]; readonly mode: (typeof planModes)[number] },
): Promise<ReadonlyMap<string, number>> {
  const trx = await db.transaction();
  try {
    await trx.raw(`set local plan_cache_mode = ${mode}`);
    for (const setting of settings) await askAgain(trx, setting);
    const before = await countRead(trx, tables);
    await trx.raw('savepoint before');
    await askAgain(trx, { sql, bindings }).catch(async (error: unknown) => {
      // What was written already is refused now: what was read until then counts.
      if (!isRefused(error)) throw error;
      await trx.raw('rollback to savepoint before');
      await trx.raw('deallocate asked');
    });
    const after = await countRead(trx, tables);
    return new Map([...after].map(([table, read]) => [table, read - (before.get(table) ?? 0)]));
  } finally {
    await trx.rollback();
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:23|P0001|55)/.test(String(error.code));
}

async function countRead(trx: Trx, tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await trx.raw(
    `select name, sum(pg_stat_get_xact_tuples_returned(part.oid) + pg_stat_get_xact_tuples_fetched(part.oid)
        + coalesce((select sum(pg_stat_get_xact_tuples_returned(indexrelid)) from pg_index where indrelid = part.oid), 0))::int8 as read
      from unnest(?::text[]) as name cross join lateral (
        select name::regclass::oid as oid union all select inhrelid from pg_inherits where inhparent = name::regclass
      ) as part group by name`,
    [textArray(tables)],
  );
  return new Map(rows.map(({ name, read }: { name: string; read: bigint }) => [name, Number(read)]));
}
