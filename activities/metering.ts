// Metering: each activity works through one group of shards, a set-based statement a chunk. A shard that fails does not stop
// the others.

import { applyCredits } from '../commands/compute-standings';
import { replaySetAside, sweepQuarantine } from '../commands/replay-quarantine';
import { foldShard } from '../db/metering/fold';
import { noteHealth } from '../db/metering/health';
import { rollUpShard } from '../db/metering/hours';
import { dropOldReports, dropOldUsage, makePartitionsAhead } from '../db/metering/retention';
import { reasonOf, type Work } from '../db/metering/set-aside';
import { shardCount } from '../db/metering/shards';
import { MinutebookError } from '../domain/errors';
import type { ActivityDependencies } from './dependencies';

/** One of `groups` equal shares of the metering shards, counted from 0. */
export type ShardGroup = { readonly group: number; readonly groups: number };

export function createMeteringActivities(dependencies: ActivityDependencies) {
  const { db, clock, heartbeat } = dependencies;
  return {
    /** Reports to minute masks, quarantine first and old reports dropped. Answers how many hours of replicas changed. */
    foldReports: async (group: ShardGroup): Promise<number> => {
      const kept = group.group === 0 ? await keepHouse(dependencies) : [];
      const folded = await goThrough(dependencies, 'fold', shardsOf(group), (shard) => foldShard(db, shard, heartbeat));
      return sumUnlessFailed([...kept, folded]);
    },
    /** Dirty hours to hourly and daily usage. Answers how many hours of workspaces were recomputed. */
    rollUpHours: async (group: ShardGroup): Promise<number> =>
      sumUnlessFailed([
        await goThrough(dependencies, 'roll_up', shardsOf(group), (shard) => rollUpShard(db, shard, heartbeat)),
      ]),
    /** The running application of credits for the workspaces just rolled up. Answers how many have credits. */
    applyCredits: async (group: ShardGroup): Promise<number> =>
      sumUnlessFailed([
        await goThrough(dependencies, 'credits', shardsOf(group), (shard) =>
          applyCredits({ db, clock }, shard, heartbeat),
        ),
      ]),
  };
}

function shardsOf({ group, groups }: ShardGroup): readonly number[] {
  return Array.from({ length: shardCount }, (_, shard) => shard).filter((shard) => shard % groups === group);
}

// What is done once a round, for all shards: partitions made ahead, the replay of quarantine, which has one row of health, and
// old reports and old usage dropped.
async function keepHouse(dependencies: ActivityDependencies): Promise<readonly Gone[]> {
  const { db, appender, clock, settings } = dependencies;
  const nowMs = await clock();
  const made = await attempt('making partitions ahead', () => makePartitionsAhead(db, nowMs));
  const replayed = await goThrough(dependencies, 'replay', [0], async () => {
    await sweepQuarantine({ db, appender, nowMs });
    await replaySetAside({ db, appender, nowMs });
    return 0;
  });
  const keepDays = settings.keepReportsDays;
  const dropped = await attempt('dropping old reports', () => dropOldReports(db, { nowMs, keepDays }));
  const keepMonths = settings.keepUsageMonths;
  if (keepMonths === null) return [made, replayed, dropped];
  return [made, replayed, dropped, await attempt('dropping old usage', () => dropOldUsage(db, { nowMs, keepMonths }))];
}

type Gone = { readonly sum: number; readonly failures: readonly { readonly what: string; readonly error: unknown }[] };

async function attempt(what: string, work: () => Promise<unknown>): Promise<Gone> {
  try {
    await work();
    return { sum: 0, failures: [] };
  } catch (error) {
    return { sum: 0, failures: [{ what, error }] };
  }
}

/** A step, through all these shards whatever fails on the way; how it went is kept for whoever asks for metering's health. */
async function goThrough(
  { db, clock }: ActivityDependencies,
  step: Work,
  shards: readonly number[],
  work: (shard: number) => Promise<number>,
): Promise<Gone> {
  let sum = 0;
  const errors = new Map<number, unknown>();
  for (const shard of shards) {
    try {
      sum += await work(shard);
    } catch (error) {
      errors.set(shard, error);
    }
  }
  const failures = [...errors].map(([shard, error]) => ({ what: `${step} of shard ${shard}`, error }));
  const outcomes = new Map(shards.map((shard) => [shard, errors.has(shard) ? reasonOf(errors.get(shard)) : undefined]));
  try {
    await noteHealth(db, { step, outcomes, nowMs: await clock() });
  } catch (error) {
    // Where Postgres is away the first failure says so already.
    failures.push({ what: `noting how ${step} went`, error });
  }
  return { sum, failures };
}

function sumUnlessFailed(gone: readonly Gone[]): number {
  const failures = gone.flatMap((each) => each.failures);
  const [first] = failures;
  if (first === undefined) return gone.reduce((sum, each) => sum + each.sum, 0);
  const counted = failures.length === 1 ? '' : `${failures.length} failed, the first: `;
  throw new MinutebookError({
    code: 'internal',
    detail: `metering: ${counted}${first.what}: ${reasonOf(first.error)}; what did not fail is metered, and the next tick tries again`,
    cause: first.error,
  });
}
