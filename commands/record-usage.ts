// Intake of usage: one transaction a batch, committed before the sender is answered. Of nearly every batch it is one statement.

import type { Db, Trx } from '../db/connection/knex';
import { type Judgement, judge, quarantine } from '../db/intake/quarantine';
import type { ReplicaKey } from '../db/intake/replicas';
import type { UsageAppender } from '../db/intake/reports';
import { advanceMark, noteReported, type Reported } from '../db/intake/sources';
import { lockQuarantine } from '../db/locks';
import { holdUsageKeptFrom, isOfLongAgo } from '../db/metering/kept';
import { MinutebookError } from '../domain/errors';
import { formatInstant } from '../domain/period';
import type { UsageBatch, UsageReport } from '../domain/usage';
import { appending } from './appending';

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
  const received = formatInstant(nowMs);
  const isLongAgo = isOfLongAgo(earliest(batch.reports), nowMs);
  const isAlone =
    !isLongAgo &&
    batch.reports.length <= sliceMax &&
    (await appending({ db, appender, received }, () => appender.takeAlone(db, batch, { received })));
  const counts = isAlone
    ? { accepted: batch.reports.length, quarantined: 0 }
    : await recordInSteps(db, appender, { batch, received, isLongAgo });
  return { ...counts, ignored: batch.ignored ?? 0 };
}

// What brings something into quarantine or a source's first usage of a month, what moves a mark past a month's end, names
// replicas that are new, or has more reports than a statement should take.
async function recordInSteps(
  db: Db,
  appender: UsageAppender,
  { batch, received, isLongAgo }: { batch: UsageBatch; received: string; isLongAgo: boolean },
): Promise<Omit<UsageReceipt, 'ignored'>> {
  const receipt = { sourceId: await appender.sourceId(db, batch.source), received };
  const slices: (Judgement & { readonly keys: readonly ReplicaKey[] })[] = [];
  for (const reports of slicesOf(batch.reports)) {
    const { accepted, quarantined } = await judge(db, reports);
    slices.push({ accepted, quarantined, keys: await appender.prepare(db, accepted, receipt) });
  }
  const lacking = [...new Set(slices.flatMap(({ quarantined }) => quarantined.map(({ report }) => report.workspace)))];
  const store = async (trx: Trx) => {
    if (isLongAgo) await refuseDropped(trx, earliest(slices.flatMap(({ accepted }) => accepted)));
    if (lacking.length > 0) await lockQuarantine(trx, lacking);
    const reported: Reported[] = [];
    for (const { accepted, quarantined, keys } of slices) {
      await quarantine(trx, quarantined, receipt);
      reported.push(...(await appender.append(trx, { reports: accepted, keys, receipt })));
    }
    await noteReported(trx, { sourceId: receipt.sourceId, reported });
    if (batch.completeThroughMs !== undefined) {
      await advanceMark(trx, { sourceId: receipt.sourceId, markMs: batch.completeThroughMs });
    }
  };
  await appending({ db, appender, received }, () => db.transaction(store));
  return {
    accepted: slices.reduce((sum, { accepted }) => sum + accepted.length, 0),
    quarantined: slices.reduce((sum, { quarantined }) => sum + quarantined.length, 0),
  };
}

function earliest(reports: readonly UsageReport[]): number {
  return reports.reduce((least, { fromMs }) => Math.min(least, fromMs), Number.POSITIVE_INFINITY);
}

// Dropped since these reports were judged: judged again, they are too old.
async function refuseDropped(trx: Trx, firstMs: number): Promise<void> {
  const keptFromMs = await holdUsageKeptFrom(trx);
  if (keptFromMs === null || firstMs >= keptFromMs) return;
  throw new MinutebookError({
    code: 'unavailable',
    detail: `usage before ${formatInstant(keptFromMs)} was dropped at this moment, and these reports begin at ${formatInstant(firstMs)}; nothing was stored: send them again, and what is too old goes into quarantine`,
  });
}

// A body may bring 90,000 reports. What is made of them for a statement is made of so many at a time (about 10 ms), so that
// between two statements the process answers others; they are one transaction all the same.
const sliceMax = 5_000;

function* slicesOf(reports: readonly UsageReport[]): Generator<readonly UsageReport[]> {
  if (reports.length <= sliceMax) return yield reports;
  for (let from = 0; from < reports.length; from += sliceMax) yield reports.slice(from, from + sliceMax);
}
