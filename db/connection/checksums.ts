// What each migration was when a database ran it. Until the first release they are rewritten in place, so that a database
// may hold the names of this build's and the tables of another's.

import { checksumOf } from '../migrations';
import type { Db } from './knex';
import { statement } from './statement';

type Migrations = readonly { readonly name: string; readonly up: string }[];

const createTable = statement(`
  create table if not exists migration_checksums (name text primary key, checksum text not null)`);
const insert = statement(`insert into migration_checksums (name, checksum) values (:name, :checksum)`);

/** Notes what a migration was, in the transaction that runs it. */
export async function noteChecksum(trx: Db, { name, up }: Migrations[number]): Promise<void> {
  await createTable(trx);
  await insert(trx, { name, checksum: checksumOf(up) });
}

const selectTables = statement<{ applied: boolean; noted: boolean }>(`
  select to_regclass('knex_migrations') is not null as applied, to_regclass('migration_checksums') is not null as noted`);
const selectApplied = statement<{ name: string }>(`select name from knex_migrations order by name`);
const selectNoted = statement<{ name: string; checksum: string }>(`select name, checksum from migration_checksums`);

/** Throws where the database ran one of these migrations as something else: its tables are not those of this build. */
export async function refuseOtherSchema(db: Db, migrations: Migrations): Promise<void> {
  const [tables] = await selectTables(db);
  if (!tables?.applied) return;
  const noted = new Map((tables.noted ? await selectNoted(db) : []).map((row) => [row.name, row.checksum]));
  const ours = new Map(migrations.map(({ name, up }) => [name, checksumOf(up)]));
  const other = (await selectApplied(db)).find(({ name }) => ours.has(name) && ours.get(name) !== noted.get(name));
  if (other === undefined) return;
  throw new Error(
    `this database was made by another build of Minutebook, whose ${other.name} was not the one of this build, and cannot ` +
      'be brought up to date: until the first release migrations are rewritten. Begin with an empty database ' +
      '(npm start -- --fresh), or run the build that made it',
  );
}
