// Against the servers of the tests: databases and roles of its own, dropped in the end.

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { connect } from '../../db/connection/knex';
import { migrate } from '../../db/connection/migrate';
import { ownDatabase } from '../../sandbox/postgres/database-owner';
import { testServers } from '../harness/environment';

const { databaseUrl: superuserUrl } = testServers();
let name: string;

beforeEach(() => {
  name = `owned-${randomBytes(4).toString('hex')}`;
});
afterEach(async () => {
  await asking(superuserUrl, `drop database if exists "${name}" with (force)`);
  await asking(superuserUrl, `drop role if exists "${name}"`);
});

async function asking(url: string, query: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}

async function migrated(url: string): Promise<readonly string[]> {
  const db = connect({ url, poolMax: 1 });
  try {
    return await migrate(db);
  } finally {
    await db.destroy();
  }
}

const others = `
  select relname as name from pg_class where relnamespace = 'public'::regnamespace and relowner <> current_user::regrole
     and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
  union all
  select proname from pg_proc where pronamespace = 'public'::regnamespace and proowner <> current_user::regrole
     and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')`;

test('the owner of a new database makes the whole schema, extension included, and is no superuser', async () => {
  const url = await ownDatabase(superuserUrl, { name, password: 'first' });
  expect((await migrated(url)).length).toBeGreaterThan(0);
  expect(await asking(url, 'select extname from pg_extension where extname <> $$plpgsql$$')).toEqual([
    { extname: 'btree_gist' },
  ]);
  expect(await asking(url, 'select rolsuper, rolcreaterole from pg_roles where rolname = current_user')).toEqual([
    { rolsuper: false, rolcreaterole: false },
  ]);
});

test('a database that a superuser made before is handed over whole, and goes on', async () => {
  await asking(superuserUrl, `create database "${name}"`);
  const before = new URL(superuserUrl);
  before.pathname = `/${name}`;
  await migrated(before.href);
  await asking(before.href, `create type colour as enum ('red'); create table "Paint" (id serial, of colour)`);

  const url = await ownDatabase(superuserUrl, { name, password: 'first' });
  expect(await asking(url, others)).toEqual([]);
  expect(await migrated(url)).toEqual([]);
  await asking(url, `insert into "Paint" (of) values ('red'); alter type colour add value 'blue'; drop table "Paint"`);
  await asking(url, 'alter table workspaces add column tried text');
});

test('again, it is the same address; another password takes the place of the one before', async () => {
  const url = await ownDatabase(superuserUrl, { name, password: 'first' });
  await migrated(url);
  expect(await ownDatabase(superuserUrl, { name, password: 'first' })).toBe(url);
  const changed = await ownDatabase(superuserUrl, { name, password: 'second' });
  await expect(asking(url, 'select 1')).rejects.toThrow(/password/);
  expect(await asking(changed, 'select 1 as one')).toEqual([{ one: 1 }]);
});
