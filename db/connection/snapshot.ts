// Reading several things as they stood at one instant, so that figures of one answer cannot disagree.
import type { Db, Trx } from './knex';

/**
 * What is asked for without waiting in between (`Promise.all`) goes to Postgres at once, the first of it together with the
 * BEGIN: a round trip for all of it, and one for the COMMIT. A promise that nobody awaits yet may fail unseen, so none is
 * kept for later.
 */
export function readSnapshot<T>(db: Db, read: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction(read, { isolationLevel: 'repeatable read', readOnly: true });
}
