// Each table says where it would lie if Postgres were several nodes, and each key can be held there: a unique key of a distributed
// table by one node alone, as it has the workspace in it, and a foreign key without asking another node.

import { placements } from '../../../db/placement';
import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { columnOf } from './catalog';
import { keyExceptions } from './key-exceptions';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it('every table has a row in db/placement.ts', async () => {
  const { rows } = await test.db.raw(`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`);
  expect(rows.map(({ name }: { name: string }) => name)).toEqual(Object.keys(placements).sort());
});

it('a distributed table has its workspace in every row, and Postgres does not make it up', async () => {
  const { rows } = await test.db.raw(`
    select relname as table, attname as column, attnotnull and attgenerated = '' and attidentity = '' as fits
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and not relispartition and attnum > 0`);
  const fitting = rows.filter(({ fits }: { fits: boolean }) => fits);
  const missing = Object.keys(placements).filter(
    (table) =>
      columnOf(table) !== undefined &&
      !fitting.some((row: { table: string; column: string }) => row.table === table && row.column === columnOf(table)),
  );
  expect(missing).toEqual([]);
});

it('distributed tables have their workspaces alike: as texts that are compared byte by byte', async () => {
  const { rows } = await test.db.raw(`
    select relname as table, attname as column, collname = 'C' and coalesce(nullif(typbasetype, 0), pg_type.oid) = 'text'::regtype as fits
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    join pg_type on pg_type.oid = atttypid
    join pg_collation on pg_collation.oid = attcollation
    where relnamespace = 'public'::regnamespace and attname in ('id', 'workspace_id')`);
  const keyed = rows.filter((row: { table: string; column: string }) => columnOf(row.table) === row.column);
  expect(keyed.filter(({ fits }: { fits: boolean }) => !fits)).toEqual([]);
});

type Key = { readonly table: string; readonly name: string; readonly columns: readonly (string | null)[] };

/** Unique keys and exclusions; of an exclusion, the columns that are compared by equality. Null: an expression. */
async function uniqueKeys(): Promise<readonly Key[]> {
  const { rows } = await test.db.raw(`
    select tables.relname as table, indexes.relname as name,
      array(
        select attname from unnest(indkey::int2[]) with ordinality as key (number, nth)
        left join pg_attribute on attrelid = indrelid and attnum = number and number > 0
        where nth <= indnkeyatts
          and (conexclop is null or (select oprname = '=' from pg_operator where oid = conexclop[nth])) order by nth
      ) as columns
    from pg_index
    join pg_class as tables on tables.oid = indrelid
    join pg_class as indexes on indexes.oid = indexrelid
    left join pg_constraint on conindid = indexrelid and contype in ('p', 'u', 'x')
    where tables.relnamespace = 'public'::regnamespace and not tables.relispartition and (indisunique or indisexclusion)
    order by 1, 2`);
  return rows;
}

type Reference = {
  readonly table: string;
  readonly name: string;
  readonly to: string;
  readonly columns: readonly { readonly from: string; readonly to: string }[];
};

async function foreignKeys(): Promise<readonly Reference[]> {
  const { rows } = await test.db.raw(`
    select own.relname as table, conname as name, other.relname as to, (
      select jsonb_agg(jsonb_build_object('from', mine.attname, 'to', theirs.attname))
      from unnest(conkey, confkey) as pair (one, two)
      join pg_attribute as mine on mine.attrelid = conrelid and mine.attnum = one
      join pg_attribute as theirs on theirs.attrelid = confrelid and theirs.attnum = two
    ) as columns
    from pg_constraint
    join pg_class as own on own.oid = conrelid
    join pg_class as other on other.oid = confrelid
    where contype = 'f' and conparentid = 0 order by 1, 2`);
  return rows;
}

function isHeldByOneNode({ table, to, columns }: Reference): boolean {
  const [from, target] = [columnOf(table), columnOf(to)];
  if (placements[to]?.lies === 'on every node') return true;
  if (from === undefined && target === undefined) return placements[table]?.lies === 'on one node';
  return from !== undefined && columns.some((pair) => pair.from === from && pair.to === target);
}

it('a key that does not hold its workspace is listed, with what holds it instead, and no other is', async () => {
  const unique = (await uniqueKeys()).filter(({ table, columns }) => {
    const column = columnOf(table);
    return column !== undefined && !columns.includes(column);
  });
  const foreign = (await foreignKeys()).filter((key) => !isHeldByOneNode(key));
  const found = [...unique, ...foreign].map(({ table, name }) => `${table} ${name}`);
  expect(found.sort()).toEqual(keyExceptions.flatMap(({ keys }) => keys).sort());
});
