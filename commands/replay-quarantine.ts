// The replay of quarantine: what lacks nothing any more becomes usage.
import type { Db } from '../db/connection/knex';
import { isUnreachable } from '../db/connection/unreachable';
import { type Mended, readMended, takeFromQuarantine } from '../db/intake/quarantine';
import {
  firstPosition,
  type Group,
  lookThrough,
  mendedGroupsOf,
  movePosition,
  readPosition,
} from '../db/intake/quarantine-groups';
import type { ReplicaKey } from '../db/intake/replicas';
import type { UsageAppender } from '../db/intake/reports';
import { noteReported } from '../db/intake/sources';
import { holdUsageKeptFrom, isOfLongAgo } from '../db/metering/kept';
import { dueForReplay, endReplaySetAside, inHalves, setAside } from '../db/metering/set-aside';
import { formatInstant } from '../domain/period';
import { appending } from './appending';

type Replaying = { readonly db: Db; readonly appender: UsageAppender; readonly nowMs: number };

// Looked through in about 50 ms where none is mended. A million workspaces that are not there are gone through in an hour;
// what a call has mended is replayed by the call, and what an invoice needs by whoever issues it or waits with it.
const groupsARound = 5_000;

/** Moves the mended reports of a workspace from quarantine to usage. Answers how many. */
export async function replayOf(replaying: Replaying, workspace: string): Promise<number> {
  const groups = await mendedGroupsOf(replaying.db, workspace);
  return replayGroups(replaying, groups, { withSetAside: true });
}

/** The same of all workspaces; one that makes it fail is set aside, and the others go on. */
export async function replayAll(replaying: Replaying): Promise<number> {
  let replayed = 0;
  for (let after: Group | undefined = firstPosition; after !== undefined; ) {
    const { mended, next } = await lookThrough(replaying.db, { after, limit: groupsARound });
    replayed += await replayGroups(replaying, mended, { withSetAside: false });
    after = next;
  }
  return replayed;
}

/** A round of metering: of the groups that lie there the next few thousand are looked at. */
export async function sweepQuarantine(replaying: Replaying): Promise<void> {
  const { db } = replaying;
  const after = await readPosition(db);
  const { mended, next } = await lookThrough(db, { after, limit: groupsARound });
  try {
    await replayGroups(replaying, mended, { withSetAside: false });
  } finally {
    // Whatever fails among these, the groups after them have their turn.
    await movePosition(db, next ?? firstPosition);
  }
}

/** Tries those again that were set aside from replaying, where their time has come. */
export async function replaySetAside(replaying: Replaying): Promise<void> {
  const { db } = replaying;
  for (const workspace of await dueForReplay(db)) {
    try {
      await replayOf(replaying, workspace);
      await endReplaySetAside(db, workspace);
    } catch (error) {
      if (isUnreachable(error)) throw error;
      await setAside(db, 'replay', new Map([[workspace, error]]));
    }
  }
}

// Of one workspace its error is thrown; of several, whoever makes it fail is set aside.
async function replayGroups(
  replaying: Replaying,
  groups: readonly Group[],
  { withSetAside }: { readonly withSetAside: boolean },
): Promise<number> {
  if (groups.length === 0) return 0;
  for (let replayed = 0; ; ) {
    const mended = await readMended(replaying.db, groups, { withSetAside });
    if (mended.length === 0) return replayed;
    for (const ofSource of bySource(mended)) {
      replayed += withSetAside ? await replayReports(replaying, ofSource) : await replayApart(replaying, ofSource);
    }
  }
}

function bySource(mended: readonly Mended[]): readonly (readonly Mended[])[] {
  const sources = new Map<number, Mended[]>();
  for (const each of mended) {
    const others = sources.get(each.sourceId);
    if (others === undefined) sources.set(each.sourceId, [each]);
    else others.push(each);
  }
  return [...sources.values()];
}

async function replayApart(replaying: Replaying, mended: readonly Mended[]): Promise<number> {
  const workspaces = [...new Set(mended.map(({ report }) => report.workspace))];
  const { done, failures } = await inHalves(workspaces, (some) => {
    const names = new Set(some);
    return replayReports(
      replaying,
      mended.filter(({ report }) => names.has(report.workspace)),
    );
  });
  await setAside(replaying.db, 'replay', failures);
  return done.reduce((sum, each) => sum + each, 0);
}

async function replayReports({ db, appender, nowMs }: Replaying, mended: readonly Mended[]): Promise<number> {
  const receipt = { sourceId: mended[0]?.sourceId ?? 0, received: formatInstant(nowMs) };
  const keys = await appender.prepare(
    db,
    mended.map(({ report }) => report),
    receipt,
  );
  return appending({ db, appender, ...receipt }, () =>
    db.transaction(async (trx) => {
      // What was dropped since these were found to be mended stays there, as too old.
      const isOld = mended.some(({ report }) => isOfLongAgo(report.fromMs, nowMs));
      const keptFromMs = (isOld ? await holdUsageKeptFrom(trx) : null) ?? Number.NEGATIVE_INFINITY;
      const taken = await takeFromQuarantine(
        trx,
        mended.filter(({ report }) => report.fromMs >= keptFromMs),
      );
      const kept = mended
        .map(({ id, report }, index) => ({ id, report, key: keys[index] as ReplicaKey }))
        .filter(({ id }) => taken.has(id));
      const reported = await appender.append(trx, {
        reports: kept.map(({ report }) => report),
        keys: kept.map(({ key }) => key),
        receipt,
      });
      await noteReported(trx, { sourceId: receipt.sourceId, reported });
      return kept.length;
    }),
  );
}
