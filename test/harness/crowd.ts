// A crowd of workspaces: what one has, each of many others has as well, so that tables are as large as they are with years of use.
import type { Db, Trx } from '../../db/connection/knex';

type Column = { readonly name: string; readonly type: string; readonly isUnique: boolean };

/** Copies all rows of workspace `acme` for as many others, and has Postgres look at its tables. */
export async function addCrowd(db: Db, others: number): Promise<void> {
  await db.transaction(async (trx) => {
    // Without triggers and foreign keys: rows are as consistent as those that they are copies of.
    await trx.raw('set local session_replication_role = replica');
    for (const [table, columns] of await listTables(trx)) await copy(trx, { table, columns, others });
  });
  await db.raw('analyze');
}

// Of prices and terms periods may not overlap, and queues are emptied before long.
const left = ['prices', 'workspace_terms', 'set_aside', 'dirty_hours', 'dirty_days', 'dirty_credits', 'dirty_ranges'];

async function listTables(trx: Trx): Promise<ReadonlyMap<string, readonly Column[]>> {
  const { rows } = await trx.raw(
    `select relname as table, attname as name, coalesce(nullif(typbasetype, 0), atttypid)::regtype::text as type,
        exists (select from pg_index where indrelid = attrelid and indisunique and attnum = any(indkey) and not exists (
          select from pg_attribute as its where its.attrelid = indrelid and its.attname = 'workspace_id' and its.attnum = any(indkey)
        )) as unique
      from pg_attribute join pg_class on pg_class.oid = attrelid join pg_type on pg_type.oid = atttypid
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and attnum > 0 and not attisdropped
        and attgenerated = '' and (attidentity = '' or attname = 'replica_id') and relname <> all(?::text[])
        and (relname in ('workspaces', 'outbox', 'webhook_deliveries') or exists (
          select from pg_attribute as its where its.attrelid = pg_class.oid and its.attname = 'workspace_id'))
      order by relname, attnum`,
    [`{${left.join(',')}}`],
  );
  const tables = new Map<string, Column[]>();
  for (const { table, name, type, unique } of rows)
    tables.set(table, [...(tables.get(table) ?? []), { name, type, isUnique: unique }]);
  return tables;
}

async function copy(
  trx: Trx,
  { table, columns, others }: { table: string; columns: readonly Column[]; others: number },
): Promise<void> {
  await trx.raw(
    `insert into ${table} (${columns.map(({ name }) => name).join(', ')}) overriding system value
      select ${columns.map((column) => copied(table, column)).join(', ')}
      from (select * from ${table}) as its, generate_series(1, ${others}) as nth on conflict do nothing`,
  );
}

/** SQL: what the value of a column is in the copy for the workspace `nth`. */
function copied(table: string, { name, type, isUnique }: Column): string {
  if (name === 'replica_id') return 'replica_id + nth * 100000';
  if (name === 'shard') return `(hashtextextended('crowd-' || nth, 0) & 15)::int2`;
  if (name === 'event_id' || (table === 'webhook_events' && name === 'id')) return `'evt_' || md5(${name} || nth)`;
  if (type === 'bytea') return `sha256(${name} || nth::text::bytea)`;
  if (type !== 'text') return name;
  const replaced = `replace(${name}, 'acme', 'crowd-' || nth)`;
  return isUnique ? `case when ${name} like '%acme%' then ${replaced} else ${name} || '-' || nth end` : replaced;
}
