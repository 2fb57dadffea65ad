// Metering: each activity works through one group of shards, a set-based statement a chunk.

import { claimForCredits, saveStandings } from '../db/credit-standings';
import { replayQuarantine } from '../db/intake';
import { foldShard, rollUpShard } from '../db/metering';
import { dropOldReports } from '../db/retention';
import { shardCount } from '../db/shards';
import { computeStandings } from './credits';
import type { Activities, ActivityDependencies, ShardGroup } from './interface';

const workspacesAChunk = 50;

export function createMeteringActivities(
  dependencies: ActivityDependencies,
): Pick<Activities, 'foldReports' | 'rollUpHours' | 'applyCredits'> {
  const { db, heartbeat } = dependencies;
  return {
    foldReports: async (group) => {
      if (group.group === 0) await keepHouse(dependencies);
      return sumOver(group, (shard) => foldShard(db, shard, heartbeat));
    },
    rollUpHours: (group) => sumOver(group, (shard) => rollUpShard(db, shard, heartbeat)),
    applyCredits: (group) => sumOver(group, (shard) => applyCreditsOfShard(dependencies, shard)),
  };
}

/** What is done once a round, for all shards. */
async function keepHouse({ db, appender, clock, settings }: ActivityDependencies): Promise<void> {
  const nowMs = await clock();
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
