// Whether the database can be worked with: it answers, and its schema is the one of this code.

import { migrations } from '../migrations';
import { checksumOf } from '../migrations/frozen';
import type { Db } from './knex';
import { statement } from './statement';

const selectTables = statement<{ names: boolean; checksums: boolean }>(`
  select to_regclass('knex_migrations') is not null as names, to_regclass('applied_migrations') is not null as checksums`);
const selectNames = statement<{ name: string; checksum: string | null }>(`
  select name, null as checksum from knex_migrations`);
const selectApplied = statement<{ name: string; checksum: string | null }>(`
  select name, checksum from knex_migrations left join applied_migrations using (name)`);

/** The migrations that were applied, each with its checksum; null where it was applied before checksums were kept. */
export async function readApplied(db: Db): Promise<ReadonlyMap<string, string | null>> {
  const [tables] = await selectTables(db);
  if (!tables?.names) return new Map();
  const rows = tables.checksums ? await selectApplied(db) : await selectNames(db);
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

/** What keeps the schema from being this build's, as a sentence; undefined where nothing does. */
export async function schemaFault(db: Db): Promise<string | undefined> {
  const applied = await readApplied(db);
  const other = otherMigration(applied);
  if (other !== undefined) return `the database was made by another build, whose ${other} is not the one of this build`;
  const pending = migrations.map(({ name }) => name).filter((name) => !applied.has(name));
  return pending.length === 0 ? undefined : `the schema lacks ${pending.join(', ')}: run the migrations`;
}

/** The name of a migration that the database was given in another form than this build's. */
export function otherMigration(applied: ReadonlyMap<string, string | null>): string | undefined {
  return migrations.find(({ name, up }) => applied.has(name) && applied.get(name) !== checksumOf(up))?.name;
}
