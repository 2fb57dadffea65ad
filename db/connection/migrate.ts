// Brings a database to the newest schema. Forward only.

import { MinutebookError } from '../../domain/errors';
import { migrations } from '../migrations';
import { checksumOf } from '../migrations/frozen';
import type { Db } from './knex';
import { otherMigration, readApplied } from './readiness';

type Migration = (typeof migrations)[number];

/**
 * Applies what is missing and answers the names applied. Safe to run from several processes at once (knex's lock). Throws
 * `conflict` where the database was made by a build whose migrations were others.
 */
export async function migrate(db: Db): Promise<readonly string[]> {
  await refuseOthers(db);
  const [, applied] = await db.migrate.latest({
    migrationSource: {
      getMigrations: async () => [...migrations],
      getMigrationName: ({ name }: Migration) => name,
      getMigration: async (migration: Migration) => ({
        up: (trx: Db) => apply(trx, migration),
        down: async () => {
          throw new Error(`${migration.name}: migrations go forward only; restore a backup to go back`);
        },
      }),
    },
  });
  return applied as readonly string[];
}

// With its checksum, so that a build whose migration of the same name is another one notices: its statements would fail one
// by one, or worse.
async function apply(trx: Db, { name, up }: Migration): Promise<void> {
  await trx.raw(up);
  await trx.raw('create table if not exists applied_migrations (name text primary key, checksum text not null)');
  await trx.raw('insert into applied_migrations (name, checksum) values (?, ?)', [name, checksumOf(up)]);
}

async function refuseOthers(db: Db): Promise<void> {
  const other = otherMigration(await readApplied(db));
  if (other === undefined) return;
  throw new MinutebookError({
    code: 'conflict',
    detail: `the database was made by another build: its ${other} is not the one of this build, and nothing leads from one to the other; make a new database (npm start -- --fresh forgets the old one), or go back to that build`,
  });
}
