// The functions of the schema, triggers among them, are of one workspace like the statements that call them: of the row's, the
// rows' that were added, or the one that they are told of.

import { createTestDatabase, type TestDatabase } from '../../harness/database';
import { type Catalog, columnOf, readCatalog, told, touchOf } from './catalog';
import { functionExceptions } from './function-exceptions';
import { type Inner, type StoredFunction, statementsIn } from './functions';
import type { Touch } from './plan';

let test: TestDatabase;
let catalog: Catalog;
beforeAll(async () => {
  test = await createTestDatabase();
  catalog = await readCatalog(test.db);
});
afterAll(() => test.drop());

/** A function that triggers of several tables call is there once for each. */
async function functions(): Promise<readonly StoredFunction[]> {
  const { rows } = await test.db.raw(`
    select proname as name, lanname as language, prosrc as body, relname as table,
      (select coalesce(jsonb_agg(jsonb_build_object('name', argument, 'type', format_type(type, null)) order by nth), '[]')
        from unnest(proargnames, proargtypes::oid[]) with ordinality as own (argument, type, nth) where type is not null
      ) as parameters
    from pg_proc
    join pg_language on pg_language.oid = prolang
    left join (select distinct tgfoid, tgrelid from pg_trigger where not tgisinternal) as called on tgfoid = pg_proc.oid
    left join pg_class on pg_class.oid = tgrelid
    where pronamespace = 'public'::regnamespace and lanname in ('sql', 'plpgsql')
    order by proname, relname`);
  return rows;
}

/** As if a statement had added to its table. */
function touched({ table }: StoredFunction, inner: Inner): Promise<Touch> {
  return test.db.transaction(async (trx) => {
    if (table === null) return touchOf(trx, inner, catalog);
    await trx.raw(`create temporary table added (like ${table}) on commit drop`);
    const own = catalog.distributed.get(table);
    const distributed = new Map([...catalog.distributed, ...(own === undefined ? [] : [['added', own] as const])]);
    return touchOf(trx, inner, { ...catalog, distributed });
  });
}

function isOfOne({ groups }: Touch): boolean {
  return (
    groups.size === 0 ||
    (groups.size === 1 && [...groups].every(([by, of]) => by.startsWith('given ') || of.has('added')))
  );
}

/** What is wrong with a function; undefined where nothing is. */
async function faultOf(stored: StoredFunction): Promise<string | undefined> {
  if (stored.body.includes('execute format(')) return 'makes statements out of text';
  const names = stored.body.match(/\b[a-z_]+\b/g) ?? [];
  if (stored.language === 'sql' && names.every((name) => columnOf(name) === undefined)) return undefined;
  for (const inner of statementsIn(stored)) {
    const text = inner.sql.replace(/\s+/g, ' ').trim().slice(0, 200);
    const touch = await touched(stored, inner).catch((error: Error) => error);
    if (touch instanceof Error) return `no plan can be made of: ${text} (${touch.message.slice(-200)})`;
    if (!isOfOne(touch)) return `${told(touch)}: ${text}`;
  }
  return undefined;
}

it('takes a function apart into its statements', () => {
  const body = `
    declare
      held constant int8 := (select sum(amount) from grants where workspace_id = new.workspace_id);
      touched record;
    begin
      -- Not a statement: select from comments;
      update invoices set status = 'new; old' where id = new.id and held > 0;
      for touched in select distinct month from added loop
        if exists (select from lines where month = touched.month and tg_op = 'INSERT') then return null; end if;
      end loop;
      perform id from invoices where id = old.id;
      select number into held from invoices where id = new.id;
    end`;
  const stored = { name: 'f', language: 'plpgsql', body, parameters: [], table: 'invoices' } as const;
  expect(statementsIn(stored)).toEqual([
    {
      sql: 'select sum(amount) from grants where workspace_id = ($1::invoices).workspace_id',
      parameters: ['new'],
    },
    {
      sql: `update invoices set status = 'new; old' where id = ($1::invoices).id and $2::int8 > 0`,
      parameters: ['new', 'held'],
    },
    { sql: 'select distinct month from added', parameters: [] },
    {
      sql: `select from lines where month = $2 and $1::text = 'INSERT'`,
      parameters: ['tg_op', 'touched.month'],
    },
    { sql: 'select id from invoices where id = ($1::invoices).id', parameters: ['old'] },
    { sql: 'select number from invoices where id = ($1::invoices).id', parameters: ['new'] },
  ]);
});

it('a function is of one workspace, or listed with its reason', async () => {
  const found = new Map<string, string>();
  for (const stored of await functions()) {
    const fault = await faultOf(stored);
    if (fault !== undefined) found.set(stored.name, fault);
  }
  const listed = new Set(functionExceptions.flatMap(({ functions: names }) => names));
  expect([...found].filter(([name]) => !listed.has(name))).toEqual([]);
  expect([...listed].filter((name) => !found.has(name))).toEqual([]);
});
