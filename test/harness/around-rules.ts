// What no process may do, for tests that need it to have happened: a restored backup, rows that went, a time that is made up.
import type { Db } from '../../db/connection/knex';

/** Runs SQL as a superuser for whom no trigger and no foreign key stands in the way. */
export async function aroundRules(db: Db, sql: string): Promise<void> {
  await db.transaction((trx) => trx.raw(`set local session_replication_role = replica; ${sql}`));
}
