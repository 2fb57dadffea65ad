// Brings a database to the newest schema. Forward only.

import { migrations } from '../migrations';
import { noteChecksum, refuseOtherSchema } from './checksums';
import type { Db } from './knex';

/**
 * Applies what is missing and answers the names applied. Throws where the schema is that of another build. Safe to run from several processes at once
 * (knex's lock).
 */
export async function migrate(db: Db): Promise<readonly string[]> {
  await refuseOtherSchema(db, migrations);
  const [, applied] = await db.migrate.latest({
    migrationSource: {
      getMigrations: async () => [...migrations],
      getMigrationName: (migration: (typeof migrations)[number]) => migration.name,
      getMigration: async (migration: (typeof migrations)[number]) => ({
        up: async (trx: Db) => {
          await trx.raw(migration.up);
          await noteChecksum(trx, migration);
        },
        down: async () => {
          throw new Error(`${migration.name}: migrations go forward only; restore a backup to go back`);
        },
      }),
    },
  });
  return applied as readonly string[];
}
