// Intake of usage: one transaction a batch, committed before the sender is answered; and the replay of quarantine.

import type { Db, Trx } from '../db/connection/knex';
import { isMissingPartition } from '../db/connection/missing-partition';
import { isUnreachable } from '../db/connection/unreachable';
import { judge, type Mended, quarantine, readMended, takeFromQuarantine } from '../db/intake/quarantine';
import { makeReportsDay, type Receipt, type UsageAppender } from '../db/intake/reports';
import { advanceMark, sourceId } from '../db/intake/sources';
import { dueForReplay, endReplaySetAside, inHalves, setAside } from '../db/metering/set-aside';
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

/**
 * Moves mended reports from quarantine to usage, of one workspace or of all (null). Answers how many. Of all, a workspace
 * that makes it fail is set aside, and the others go on; of one, its error is thrown.
 */
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
    const replay = (some: readonly Mended[]) =>
      replayReports(db, appender, { mended: some, received: formatInstant(nowMs) });
    try {
      replayed += await replay(oneSource);
    } catch (error) {
      if (workspace !== null || isUnreachable(error)) throw error;
      replayed += await replayApart(db, oneSource, replay);
    }
  }
}

async function replayApart(
  db: Db,
  mended: readonly Mended[],
  replay: (some: readonly Mended[]) => Promise<number>,
): Promise<number> {
  const workspaces = [...new Set(mended.map(({ report }) => report.workspace))];
  const { done, failures } = await inHalves(workspaces, (some) => {
    const names = new Set(some);
    return replay(mended.filter(({ report }) => names.has(report.workspace)));
  });
  await setAside(db, 'replay', failures);
  return done.reduce((sum, each) => sum + each, 0);
}

/** Tries those again that were set aside from replaying, where their time has come. */
export async function replaySetAside(db: Db, appender: UsageAppender, nowMs: number): Promise<void> {
  for (const workspace of await dueForReplay(db)) {
    try {
      await replayQuarantine(db, appender, { workspace, nowMs });
      await endReplaySetAside(db, workspace);
    } catch (error) {
      if (isUnreachable(error)) throw error;
      await setAside(db, 'replay', new Map([[workspace, error]]));
    }
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
