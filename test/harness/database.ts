// A migrated database of its own for each test file, cloned from a template: 50 ms instead of all migrations again.

import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { connect, type Db } from '../../db/connection/knex';
import { migrate } from '../../db/connection/migrate';
import { defaultRolePrefix, grantRights, roleName } from '../../db/roles/grant';
import { type Login, provideRoles } from '../../db/roles/provide';
import { testServers } from './environment';

export type TestDatabase = {
  /** As the superuser, for what a test arranges and looks at. */
  readonly db: Db;
  readonly url: string;
  /** The address as one of the product's own roles. */
  urlAs(login: Login): string;
  /** A pool as one of the product's own roles, closed with the others; at another address where something stands between. */
  as(login: Login, url?: string): Db;
  /** Closes the pools and removes the database; call it in afterAll. */
  drop(): Promise<void>;
};

const rolePassword = 'tests';
const directories = ['migrations', 'roles'].map((name) => path.resolve(__dirname, '..', '..', 'db', name));

/** A database in which all migrations have run. */
export async function createTestDatabase(options: { readonly poolMax?: number } = {}): Promise<TestDatabase> {
  return createDatabase(`${await ensureTemplate()} owner ${roleName(defaultRolePrefix, 'owner')}`, options);
}

/** A database without anything in it, for tests of the migrations themselves. */
export function createEmptyDatabase(options: { readonly poolMax?: number } = {}): Promise<TestDatabase> {
  return createDatabase('template0', options);
}

async function createDatabase(template: string, options: { readonly poolMax?: number }): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asSuperuser((client) => client.query(`create database ${name} template ${template} strategy file_copy`));
  const url = urlOf(name);
  const pools = [connect({ url, ...options })];
  const [db] = pools as [Db];
  const urlAs = (login: Login) => urlOf(name, login);
  return {
    db,
    url,
    urlAs,
    as: (login, at = urlAs(login)) => {
      const pool = connect({ url: at, ...options });
      pools.push(pool);
      return pool;
    },
    drop: async () => {
      await Promise.all(pools.map((pool) => pool.destroy()));
      await asSuperuser((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

// Several test files start at once: the first makes the template, the others wait for its lock. The name holds a hash
// of the migrations and rights, so that a change of them makes a new one while the servers stay up.
async function ensureTemplate(): Promise<string> {
  const template = `template_${migrationsHash()}`;
  await asSuperuser(async (client) => {
    await client.query(`select pg_advisory_lock(hashtext('test template'))`);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount === 1) return;
    const unfinished = `${template}_unfinished`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished} template template0`);
    // As in production: everything belongs to a role that is no superuser, and processes log in by theirs.
    const passwords = { owner: rolePassword, api: rolePassword, worker: rolePassword };
    const { owner } = await provideRoles(testServers().databaseUrl, { database: unfinished, passwords });
    const db = connect({ url: owner });
    try {
      await migrate(db);
      await grantRights(db);
    } finally {
      await db.destroy();
    }
    await client.query(`alter database ${unfinished} rename to ${template}`);
  });
  return template;
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  for (const directory of directories) {
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
    for (const file of files.filter((name) => /\.(ts|sql)$/.test(name))) {
      hash.update(`${file}\n`).update(readFileSync(path.join(directory, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function urlOf(database: string, login?: Login): string {
  const url = new URL(testServers().databaseUrl);
  url.pathname = `/${database}`;
  if (login !== undefined) [url.username, url.password] = [roleName(defaultRolePrefix, login), rolePassword];
  return url.href;
}

async function asSuperuser<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: testServers().databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
