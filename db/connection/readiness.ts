// Whether the database can be worked with: it answers, and its schema is the one of this code.

import { migrations } from '../migrations';
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

/** The names of migrations that are still to be applied. */
export async function pendingMigrations(db: Db): Promise<readonly string[]> {
  const applied = await readApplied(db);
  return migrations.map(({ name }) => name).filter((name) => !applied.has(name));
}
