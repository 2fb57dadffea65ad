// A transaction that appends usage: the partition of the day is made where it is missing, and what the appender remembers is
// forgotten where it fails.
import type { Db, Trx } from '../db/connection/knex';
import { isMissingPartition } from '../db/connection/missing-partition';
import { makeReportsDay, type Receipt, type UsageAppender } from '../db/intake/reports';

/** Does `work` in a transaction. */
export async function appending<T>(
  { db, appender, receipt }: { db: Db; appender: UsageAppender; receipt: Receipt },
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  try {
    return await inPartition(db, receipt, work);
  } catch (error) {
    // Whatever made it fail, what the appender remembers may no longer be so.
    appender.forget();
    throw error;
  }
}

async function inPartition<T>(db: Db, { received }: Receipt, work: (trx: Trx) => Promise<T>): Promise<T> {
  try {
    return await db.transaction(work);
  } catch (error) {
    if (!isMissingPartition(error)) throw error;
  }
  await makeReportsDay(db, received);
  return db.transaction(work);
}
