// Metering: each activity works through one group of shards, a set-based statement a chunk.

import { computeStandings } from '../commands/compute-standings';
import { replayQuarantine } from '../commands/record-usage';
import { claimForCredits, saveStandings } from '../db/billing/standings';
import { foldShard } from '../db/metering/fold';
import { rollUpShard } from '../db/metering/hours';
import { dropOldReports, makePartitionsAhead } from '../db/metering/retention';
import { shardCount } from '../db/metering/shards';
import type { ActivityDependencies } from './dependencies';

const workspacesAChunk = 50;

/** One of `groups` equal shares of the metering shards, counted from 0. */
export type ShardGroup = { readonly group: number; readonly groups: number };

export function createMeteringActivities(dependencies: ActivityDependencies) {
  const { db, heartbeat } = dependencies;
  return {
    /** Reports to minute masks, quarantine first and old reports dropped. Answers how many hours of replicas changed. */
    foldReports: async (group: ShardGroup): Promise<number> => {
      if (group.group === 0) await keepHouse(dependencies);
      return sumOver(group, (shard) => foldShard(db, shard, heartbeat));
    },
    /** Dirty hours to hourly and daily usage. Answers how many hours of workspaces were recomputed. */
    rollUpHours: (group: ShardGroup): Promise<number> => sumOver(group, (shard) => rollUpShard(db, shard, heartbeat)),
    /** The running application of credits for the workspaces just rolled up. Answers how many have credits. */
    applyCredits: (group: ShardGroup): Promise<number> =>
      sumOver(group, (shard) => applyCreditsOfShard(dependencies, shard)),
  };
}

/** What is done once a round, for all shards. */
async function keepHouse({ db, appender, clock, settings }: ActivityDependencies): Promise<void> {
  const nowMs = await clock();
  await makePartitionsAhead(db, nowMs);
  await replayQuarantine(db, appender, { workspace: null, nowMs });
  await dropOldReports(db, { nowMs, keepDays: settings.keepReportsDays });
}

async function sumOver({ group, groups }: ShardGroup, work: (shard: number) => Promise<number>): Promise<number> {
  let sum = 0;
  for (let shard = group; shard < shardCount; shard += groups) sum += await work(shard);
  return sum;
}

async function applyCreditsOfShard({ db, clock, heartbeat }: ActivityDependencies, shard: number): Promise<number> {
  let applied = 0;
  for (;;) {
    const nowMs = await clock();
    const { claimed, workspaces } = await db.transaction(async (trx) => {
      const claim = await claimForCredits(trx, { shard, limit: workspacesAChunk });
      const standings = await computeStandings(trx, { workspaces: claim.workspaces, nowMs });
      await saveStandings(trx, { standings, nowMs });
      return claim;
    });
    applied += workspaces.length;
    heartbeat();
    if (claimed < workspacesAChunk) return applied;
  }
}
