// The database, the role that owns it and everything in it, and the roles that the API and the worker log in by: made by
// somebody who may make roles, before the first migration, and safe to do again.

import { Client } from 'pg';
import { defaultRolePrefix, roleName } from './grant';
import type { Role } from './rights';

export type Login = Role | 'owner';

export const logins: readonly Login[] = ['owner', 'api', 'worker'];

/**
 * Makes the database and the three roles where they are not there, sets the roles' passwords, and hands to the owner what
 * others have made in the database before. `adminUrl` is a superuser's, or of one who may make roles and databases. Answers
 * each role's address of the database. What the roles may do, the migration says (grantRights).
 */
export async function provideRoles(
  adminUrl: string,
  {
    database: name,
    passwords,
    prefix = defaultRolePrefix,
  }: {
    readonly database: string;
    readonly passwords: Readonly<Record<Login, string>>;
    readonly prefix?: string;
  },
): Promise<Readonly<Record<Login, string>>> {
  const database = new URL(adminUrl);
  database.pathname = `/${name}`;
  const owner = roleName(prefix, 'owner');
  await connected(adminUrl, async (client) => {
    for (const login of logins) await provideLogin(client, roleName(prefix, login), passwords[login]);
    await provideDatabase(client, { name, owner });
  });
  await connected(database.href, (client) => handOver(client, owner));
  const urlOf = (login: Login) =>
    withCredentials(database, { user: roleName(prefix, login), password: passwords[login] });
  return { owner: urlOf('owner'), api: urlOf('api'), worker: urlOf('worker') };
}

async function provideLogin(client: Client, role: string, password: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  if (!(await finds(client, 'select from pg_roles where rolname = $1', role)))
    await client.query(`create role ${name}`);
  // Each time, so that a password lost with its file is set anew.
  await client.query(`alter role ${name} login password ${client.escapeLiteral(password)}`);
}

async function provideDatabase(client: Client, { name, owner }: { name: string; owner: string }): Promise<void> {
  const [database, to] = [client.escapeIdentifier(name), client.escapeIdentifier(owner)];
  // Who is no superuser gives away only to a role that he could be himself.
  await client.query(`do $$ begin
    if not (select rolsuper from pg_roles where rolname = current_user)
      and not pg_has_role(current_user, ${client.escapeLiteral(owner)}, 'set') then
      execute format('grant %I to current_user', ${client.escapeLiteral(owner)});
    end if; end $$`);
  if (!(await finds(client, 'select from pg_database where datname = $1', name))) {
    await client.query(`create database ${database}`);
  }
  await client.query(`alter database ${database} owner to ${to}`);
}

// Postgres refuses to reassign everything that its first superuser owns, so each is handed over by its name. What belongs
// to an extension stays with it; identity sequences and indexes follow their tables; a table's row type does, too.
const notYetHanded = `
  select 'table ' || oid::regclass as what
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and relowner <> to_regrole($1)
     and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
  union all
  select 'sequence ' || oid::regclass
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind = 'S' and relowner <> to_regrole($1)
     and not exists (select from pg_depend where objid = pg_class.oid and deptype in ('e', 'a', 'i'))
  union all
  select 'routine ' || oid::regprocedure
    from pg_proc
   where pronamespace = 'public'::regnamespace and proowner <> to_regrole($1)
     and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
  union all
  select 'type ' || oid::regtype
    from pg_type
   where typnamespace = 'public'::regnamespace and typtype in ('e', 'd') and typowner <> to_regrole($1)
     and not exists (select from pg_depend where objid = pg_type.oid and deptype = 'e')`;

async function handOver(client: Client, owner: string): Promise<void> {
  const name = client.escapeIdentifier(owner);
  const { rows } = await client.query<{ readonly what: string }>(notYetHanded, [name]);
  if (rows.length === 0) return;
  // Whole or not at all. The names came quoted.
  await client.query(`begin; ${rows.map(({ what }) => `alter ${what} owner to ${name};`).join(' ')} commit`);
}

async function finds(client: Client, query: string, name: string): Promise<boolean> {
  const { rowCount } = await client.query(query, [name]);
  return rowCount !== 0;
}

async function connected(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function withCredentials(address: URL, { user, password }: { user: string; password: string }): string {
  const url = new URL(address.href);
  url.username = user;
  url.password = encodeURIComponent(password);
  return url.href;
}
