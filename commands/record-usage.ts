// Intake of usage: one transaction a batch, committed before the sender is answered; and the replay of quarantine.

import type { Db, Trx } from '../db/connection/knex';
import { isMissingPartition } from '../db/connection/missing-partition';
import { isUnreachable } from '../db/connection/unreachable';
import {
  type Judgement,
  judge,
  type Mended,
  quarantine,
  readMended,
  takeFromQuarantine,
} from '../db/intake/quarantine';
import { makeReportsDay, noteReports, type Receipt, type UsageAppender } from '../db/intake/reports';
import { advanceMark, sourceId } from '../db/intake/sources';
import { lockQuarantine } from '../db/locks';
import { dueForReplay, endReplaySetAside, inHalves, setAside } from '../db/metering/set-aside';
import { formatInstant } from '../domain/period';
import type { UsageBatch, UsageReport } from '../domain/usage';

export type UsageReceipt = { readonly accepted: number; readonly quarantined: number; readonly ignored: number };

/**
 * Stores a batch. Answers how many reports were accepted for billing, how many lie in quarantine and how many had no
 * length. A mark (`completeThrough`) counts together with the batch's own reports, as it commits with them.
 */
export async function recordUsage(
  db: Db,
  appender: UsageAppender,
  { batch, nowMs }: { batch: UsageBatch; nowMs: number },
): Promise<UsageReceipt> {
  const receipt = { sourceId: await sourceId(db, batch.source), received: formatInstant(nowMs) };
  const slices: (Judgement & { readonly keys: readonly number[] })[] = [];
  for (const reports of slicesOf(batch.reports)) {
    const { accepted, quarantined } = await judge(db, reports);
    slices.push({ accepted, quarantined, keys: await appender.prepare(db, accepted, receipt) });
  }
  const lacking = [...new Set(slices.flatMap(({ quarantined }) => quarantined.map(({ report }) => report.workspace)))];
  await appending({ db, appender, receipt }, async (trx) => {
    if (lacking.length > 0) await lockQuarantine(trx, lacking);
    for (const { accepted, quarantined, keys } of slices) {
      await quarantine(trx, quarantined, receipt);
      await appender.append(trx, { reports: accepted, keys, receipt });
    }
    await noteReports(trx, { slices: slices.map(({ accepted }) => accepted), receipt });
    if (batch.completeThroughMs !== undefined) {
      await advanceMark(trx, { sourceId: receipt.sourceId, markMs: batch.completeThroughMs });
    }
  });
  return {
    accepted: slices.reduce((sum, { accepted }) => sum + accepted.length, 0),
    quarantined: slices.reduce((sum, { quarantined }) => sum + quarantined.length, 0),
    ignored: batch.ignored ?? 0,
  };
}

// A body may bring 90,000 reports. What is made of them for a statement is made of so many at a time (about 10 ms), so that
// between two statements the process answers others; they are one transaction all the same.
const sliceMax = 2_500;

function* slicesOf(reports: readonly UsageReport[]): Generator<readonly UsageReport[]> {
  if (reports.length <= sliceMax) return yield reports;
  for (let from = 0; from < reports.length; from += sliceMax) yield reports.slice(from, from + sliceMax);
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
    receipt,
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
    await noteReports(trx, { slices: [kept.map(({ report }) => report)], receipt });
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
