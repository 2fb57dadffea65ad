// Brings a database to the newest schema. Forward only.
import type { Db } from './knex';
import { migrations } from './migrations';
import { adoptRestored } from './restored';

/**
 * Applies what is missing, makes a restored database fold on, and answers the names applied. Safe to run from
 * several processes at once (knex's lock).
 */
export async function migrate(db: Db): Promise<readonly string[]> {
  const [, applied] = await db.migrate.latest({
    migrationSource: {
      getMigrations: async () => [...migrations],
      getMigrationName: (migration: (typeof migrations)[number]) => migration.name,
      getMigration: async (migration: (typeof migrations)[number]) => ({
        up: async (trx: Db) => {
          await trx.raw(migration.up);
        },
        down: async () => {
          throw new Error(`${migration.name}: migrations go forward only; restore a backup to go back`);
        },
      }),
    },
  });
  await adoptRestored(db);
  return applied as readonly string[];
}
