// Whether the database can be worked with: it answers, and its schema is the one of this code.

import { migrations } from '../migrations';
import type { Db } from './knex';
import { statement } from './statement';

const selectTable = statement<{ found: boolean }>(`select to_regclass('knex_migrations') is not null as found`);
const selectApplied = statement<{ name: string }>(`select name from knex_migrations`);

/** The names of migrations that are still to be applied. */
export async function pendingMigrations(db: Db): Promise<readonly string[]> {
  const [table] = await selectTable(db);
  const applied = table?.found ? await selectApplied(db) : [];
  const names = new Set(applied.map((row) => row.name));
  return migrations.map(({ name }) => name).filter((name) => !names.has(name));
}
