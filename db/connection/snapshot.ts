// Reading several things as they stood at one instant, so that figures of one answer cannot disagree.
import type { Db, Trx } from './knex';

export function readSnapshot<T>(db: Db, read: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction(read, { isolationLevel: 'repeatable read', readOnly: true });
}
