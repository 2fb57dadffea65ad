// Who owns the database and who logs in, against the servers of the tests: databases and roles of its own, dropped in the end.

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { connect } from '../../../db/connection/knex';
import { migrate } from '../../../db/connection/migrate';
import { grantRights } from '../../../db/roles/grant';
import { logins, provideRoles } from '../../../db/roles/provide';
import { testServers } from '../../harness/environment';

const { databaseUrl: superuserUrl } = testServers();
let name: string;

beforeEach(() => {
  name = `owned-${randomBytes(4).toString('hex')}`;
});
afterEach(async () => {
  await asking(superuserUrl, `drop database if exists "${name}" with (force)`);
  for (const login of logins) await asking(superuserUrl, `drop role if exists "${name}_${login}"`);
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

const provided = (password = 'first', adminUrl = superuserUrl) =>
  provideRoles(adminUrl, {
    database: name,
    prefix: name,
    passwords: { owner: password, api: password, worker: password },
  });

async function migrated(url: string): Promise<readonly string[]> {
  const db = connect({ url, poolMax: 1 });
  try {
    const applied = await migrate(db);
    expect(await grantRights(db, name)).toEqual([]);
    return applied;
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
  const { owner: url } = await provided();
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

  const { owner: url } = await provided();
  expect(await asking(url, others)).toEqual([]);
  expect(await migrated(url)).toEqual([]);
  await asking(url, `insert into "Paint" (of) values ('red'); alter type colour add value 'blue'; drop table "Paint"`);
  await asking(url, 'alter table workspaces add column tried text');
});

test('again, it is the same address; another password takes the place of the one before', async () => {
  const { owner: url } = await provided();
  await migrated(url);
  expect((await provided()).owner).toBe(url);
  const { owner: changed, api } = await provided('second');
  await expect(asking(url, 'select 1')).rejects.toThrow(/password/);
  expect(await asking(changed, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await asking(api, 'select count(*)::int as workspaces from workspaces')).toEqual([{ workspaces: 0 }]);
});

test('who may make roles and databases needs to be no superuser, as on a managed server', async () => {
  const admin = new URL(superuserUrl);
  [admin.username, admin.password] = [`${name}_admin`, 'first'];
  await asking(superuserUrl, `create role "${name}_admin" login createrole createdb password 'first'`);
  try {
    const { owner, worker } = await provided('first', admin.href);
    await migrated(owner);
    expect(await asking(worker, 'select count(*)::int as workspaces from workspaces')).toEqual([{ workspaces: 0 }]);
    await expect(asking(worker, 'delete from invoices')).rejects.toThrow(/permission denied/);
    expect((await provided('first', admin.href)).owner).toBe(owner);
  } finally {
    await asking(superuserUrl, `drop database if exists "${name}" with (force)`);
    for (const role of [...logins, 'admin']) await asking(superuserUrl, `drop role if exists "${name}_${role}"`);
  }
});

test('where the roles are not there and whoever migrates may not make them, that is said and nothing is granted', async () => {
  const { owner } = await provided();
  const db = connect({ url: owner, poolMax: 1 });
  try {
    await migrate(db);
    expect(await grantRights(db, `${name}-others`)).toEqual([`${name}-others_api`, `${name}-others_worker`]);
  } finally {
    await db.destroy();
  }
});
