// Intake of usage: one transaction a batch, committed before the sender is answered; and the replay of quarantine.

import type { Db, Trx } from '../db/connection/knex';
import { isMissingPartition } from '../db/connection/missing-partition';
import { judge, type Mended, quarantine, readMended, takeFromQuarantine } from '../db/intake/quarantine';
import { makeReportsDay, type Receipt, type UsageAppender } from '../db/intake/reports';
import { advanceMark, sourceId } from '../db/intake/sources';
import { formatInstant } from '../domain/period';
import type { UsageBatch } from '../domain/usage';

/**
 * Stores a batch. Answers how many reports were accepted for billing and how many lie in quarantine. A mark
 * (`completeThrough`) counts together with the batch's own reports, as it commits with them.
 */
export async function recordUsage(
  db: Db,
  appender: UsageAppender,
  { batch, nowMs }: { batch: UsageBatch; nowMs: number },
): Promise<{ accepted: number; quarantined: number }> {
  const receipt = { sourceId: await sourceId(db, batch.source), received: formatInstant(nowMs) };
  const { accepted, quarantined } = await judge(db, batch.reports);
  const keys = await appender.prepare(db, accepted);
  await appending({ db, appender, receipt }, async (trx) => {
    await quarantine(trx, quarantined, receipt);
    await appender.append(trx, { reports: accepted, keys, receipt });
    if (batch.completeThroughMs !== undefined) {
      await advanceMark(trx, { sourceId: receipt.sourceId, markMs: batch.completeThroughMs });
    }
  });
  return { accepted: accepted.length, quarantined: quarantined.length };
}

/** Moves mended reports from quarantine to usage, of one workspace or of all (null). Answers how many. */
export async function replayQuarantine(
  db: Db,
  appender: UsageAppender,
  { workspace, nowMs }: { workspace: string | null; nowMs: number },
): Promise<number> {
  let replayed = 0;
  for (;;) {
    const mended = await readMended(db, workspace);
    if (mended.length === 0) return replayed;
    const oneSource = mended.filter(({ sourceId }) => sourceId === mended[0]?.sourceId);
    replayed += await replayReports(db, appender, { mended: oneSource, received: formatInstant(nowMs) });
  }
}

async function replayReports(
  db: Db,
  appender: UsageAppender,
  { mended, received }: { mended: readonly Mended[]; received: string },
): Promise<number> {
  const receipt = { sourceId: mended[0]?.sourceId ?? 0, received };
  const keys = await appender.prepare(
    db,
    mended.map(({ report }) => report),
  );
  return appending({ db, appender, receipt }, async (trx) => {
    const taken = await takeFromQuarantine(trx, mended);
    const kept = mended
      .map(({ id, report }, index) => ({ id, report, key: keys[index] as number }))
      .filter(({ id }) => taken.has(id));
    await appender.append(trx, {
      reports: kept.map(({ report }) => report),
      keys: kept.map(({ key }) => key),
      receipt,
    });
    return kept.length;
  });
}

async function appending<T>(
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
