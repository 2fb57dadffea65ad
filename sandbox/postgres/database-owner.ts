// A database with an owner of its own: what runs in the sandbox has no more rights than it has on a managed server.

import { Client } from 'pg';

/**
 * Makes the database and the role of the same name that owns it, where they are not there, and hands over what a
 * superuser has made in it before. Answers the role's address of the database.
 */
export async function ownDatabase(
  superuserUrl: string,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<string> {
  const database = new URL(superuserUrl);
  database.pathname = `/${name}`;
  await connected(superuserUrl, async (client) => {
    const quoted = client.escapeIdentifier(name);
    if (!(await finds(client, 'select from pg_roles where rolname = $1', name))) {
      await client.query(`create role ${quoted}`);
    }
    // At every start, so that a password lost with its file is set anew.
    await client.query(`alter role ${quoted} login password ${client.escapeLiteral(password)}`);
    if (!(await finds(client, 'select from pg_database where datname = $1', name))) {
      await client.query(`create database ${quoted}`);
    }
    await client.query(`alter database ${quoted} owner to ${quoted}`);
  });
  await connected(database.href, (client) => handOver(client, client.escapeIdentifier(name)));
  return withCredentials(database, { user: name, password });
}

// Postgres refuses to reassign everything that its first superuser owns, so each is handed over by its name. What belongs
// to an extension stays with it; identity sequences and indexes follow their tables; a table's row type does, too.
const notYetHanded = `
  select 'table ' || oid::regclass as what
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and relowner = 'postgres'::regrole
     and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
  union all
  select 'sequence ' || oid::regclass
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind = 'S' and relowner = 'postgres'::regrole
     and not exists (select from pg_depend where objid = pg_class.oid and deptype in ('e', 'a', 'i'))
  union all
  select 'routine ' || oid::regprocedure
    from pg_proc
   where pronamespace = 'public'::regnamespace and proowner = 'postgres'::regrole
     and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
  union all
  select 'type ' || oid::regtype
    from pg_type
   where typnamespace = 'public'::regnamespace and typtype in ('e', 'd') and typowner = 'postgres'::regrole
     and not exists (select from pg_depend where objid = pg_type.oid and deptype = 'e')`;

async function handOver(client: Client, owner: string): Promise<void> {
  const { rows } = await client.query<{ readonly what: string }>(notYetHanded);
  if (rows.length === 0) return;
  // Whole or not at all. The names came quoted.
  await client.query(`begin; ${rows.map(({ what }) => `alter ${what} owner to ${owner};`).join(' ')} commit`);
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

function withCredentials(database: URL, { user, password }: { readonly user: string; readonly password: string }) {
  const address = new URL(database);
  address.username = user;
  address.password = password;
  return address.href;
}
