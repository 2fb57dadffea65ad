// Appending usage: the partition of the day is made where it is missing, and what the appender remembers is forgotten where it
// fails.
import type { Db } from '../db/connection/knex';
import { isMissingPartition } from '../db/connection/missing-partition';
import { makeReportsDay, type Receipt, type UsageAppender } from '../db/intake/reports';

type Appending = { readonly db: Db; readonly appender: UsageAppender } & Pick<Receipt, 'received'>;

/** Does `work`, which is a transaction; again where it had no partition. */
export async function appending<T>({ db, appender, received }: Appending, work: () => Promise<T>): Promise<T> {
  try {
    return await inPartition(db, received, work);
  } catch (error) {
    // Whatever made it fail, what the appender remembers may no longer be so.
    appender.forget();
    throw error;
  }
}

async function inPartition<T>(db: Db, received: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMissingPartition(error)) throw error;
  }
  await makeReportsDay(db, received);
  return work();
}
