// Metering: a round begins with one cheap look, and each activity after it works through some shards, a set-based statement a
// chunk. A shard that fails does not stop the others, nor one of its steps the next.

import { applyCredits } from '../commands/compute-standings';
import { replaySetAside, sweepQuarantine } from '../commands/replay-quarantine';
import { rollUpDays } from '../db/metering/days';
import { foldShard } from '../db/metering/fold';
import { noteHealth, type Outcome } from '../db/metering/health';
import { rollUpShard } from '../db/metering/hours';
import { dropOldReports, dropOldUsage, makePartitionsAhead } from '../db/metering/retention';
import { beginRound, type Round } from '../db/metering/rounds';
import { reasonOf, type Work } from '../db/metering/set-aside';
import { shardCount } from '../db/metering/shards';
import { MinutebookError } from '../domain/errors';
import type { ActivityDependencies } from './dependencies';

/** One of `groups` equal shares of the metering shards, counted from 0. */
export type ShardGroup = { readonly group: number; readonly groups: number };

/** What was done: hours of replicas that changed, hours of workspaces that were recomputed, workspaces with credits. */
export type Metered = {
  readonly replicaHours: number;
  readonly workspaceHours: number;
  readonly workspacesWithCredits: number;
};

export function createMeteringActivities(dependencies: ActivityDependencies) {
  const { db, clock } = dependencies;
  const { fold, rollUp, credits } = stepsOf(dependencies);
  const some = async (step: Step, group: ShardGroup) => goThrough(dependencies, [step], shardsOf(group));
  return {
    /** Passes the shards that have nothing to do, and says which have. All there is to an idle round. */
    beginRound: async (): Promise<Round> => beginRound(db, { nowMs: await clock() }),
    /** Reports to minute masks, to hours and days, to the credits that are left: all of these shards, one after the other. */
    meterShards: async ({ shards }: { readonly shards: readonly number[] }): Promise<Metered> => {
      const gone: Gone[] = [];
      for (const shard of shards) gone.push(await goThrough(dependencies, [fold, rollUp, credits], [shard]));
      throwFailures(gone);
      const [replicaHours, workspaceHours, workspacesWithCredits] = [sumOf(gone, 0), sumOf(gone, 1), sumOf(gone, 2)];
      return { replicaHours, workspaceHours, workspacesWithCredits };
    },
    /** What is done for all shards at once. */
    keepHouse: async (): Promise<void> => throwFailures(await keepHouse(dependencies)),

    // Of runs that were begun before rounds looked first for what there is to do: a step of a group each.
    foldReports: async (group: ShardGroup): Promise<number> => {
      const kept = group.group === 0 ? await keepHouse(dependencies) : [];
      const folded = await some(fold, group);
      throwFailures([...kept, folded]);
      return sumOf([folded], 0);
    },
    rollUpHours: async (group: ShardGroup): Promise<number> => sumUnlessFailed(await some(rollUp, group)),
    applyCredits: async (group: ShardGroup): Promise<number> => sumUnlessFailed(await some(credits, group)),
  };
}

/** A step of metering, through one shard. */
type Step = { readonly step: Work; readonly work: (shard: number) => Promise<number> };

function stepsOf({ db, clock, heartbeat }: ActivityDependencies) {
  const fold: Step = { step: 'fold', work: (shard) => foldShard(db, shard, heartbeat) };
  const rollUp: Step = {
    step: 'roll_up',
    work: async (shard) => {
      const hours = await rollUpShard(db, shard, heartbeat);
      await rollUpDays(db, shard, { nowMs: await clock(), onChunk: heartbeat });
      return hours;
    },
  };
  const credits: Step = { step: 'credits', work: (shard) => applyCredits({ db, clock }, shard, heartbeat) };
  return { fold, rollUp, credits };
}

function shardsOf({ group, groups }: ShardGroup): readonly number[] {
  return Array.from({ length: shardCount }, (_, shard) => shard).filter((shard) => shard % groups === group);
}

// What is done for all shards at once: partitions made ahead, the replay of quarantine, which has one row of health, and
// old reports and old usage dropped.
async function keepHouse(dependencies: ActivityDependencies): Promise<readonly Gone[]> {
  const { db, appender, clock, settings } = dependencies;
  const nowMs = await clock();
  const { keepReportsDays: keepDays, keepUsageMonths: keepMonths } = settings;
  const replay = async () => {
    await sweepQuarantine({ db, appender, nowMs });
    await replaySetAside({ db, appender, nowMs });
    return 0;
  };
  const gone: Gone[] = [];
  for (const chore of [
    () => attempt('making partitions ahead', () => makePartitionsAhead(db, nowMs)),
    () => goThrough(dependencies, [{ step: 'replay', work: replay }], [0]),
    () => attempt('dropping old reports', () => dropOldReports(db, { nowMs, keepDays })),
    () => attempt('dropping old usage', async () => keepMonths !== null && dropOldUsage(db, { nowMs, keepMonths })),
  ])
    gone.push(await chore());
  return gone;
}

type Failure = { readonly what: string; readonly error: unknown };
/** What steps came to, in their order. */
type Gone = { readonly sums: readonly number[]; readonly failures: readonly Failure[] };

async function attempt(what: string, work: () => Promise<unknown>): Promise<Gone> {
  try {
    await work();
    return { sums: [], failures: [] };
  } catch (error) {
    return { sums: [], failures: [{ what, error }] };
  }
}

/** Steps, through all these shards whatever fails on the way; how it went is kept for whoever asks for metering's health. */
async function goThrough(
  { db, clock }: ActivityDependencies,
  steps: readonly Step[],
  shards: readonly number[],
): Promise<Gone> {
  const sums = steps.map(() => 0);
  const failures: Failure[] = [];
  const outcomes: Outcome[] = [];
  for (const shard of shards) {
    for (const [at, { step, work }] of steps.entries()) {
      try {
        sums[at] = (sums[at] ?? 0) + (await work(shard));
        outcomes.push({ step, shard });
      } catch (error) {
        failures.push({ what: `${step} of shard ${shard}`, error });
        outcomes.push({ step, shard, error: reasonOf(error) });
      }
    }
  }
  try {
    await noteHealth(db, { outcomes, nowMs: await clock() });
  } catch (error) {
    // Where Postgres is away the first failure says so already.
    failures.push({ what: `noting how ${steps.map(({ step }) => step).join(', ')} went`, error });
  }
  return { sums, failures };
}

function sumOf(gone: readonly Gone[], step: number): number {
  return gone.reduce((sum, { sums }) => sum + (sums[step] ?? 0), 0);
}

function sumUnlessFailed(gone: Gone): number {
  throwFailures([gone]);
  return sumOf([gone], 0);
}

function throwFailures(gone: readonly Gone[]): void {
  const failures = gone.flatMap((each) => each.failures);
  const [first] = failures;
  if (first === undefined) return;
  const counted = failures.length === 1 ? '' : `${failures.length} failed, the first: `;
  throw new MinutebookError({
    code: 'internal',
    detail: `metering: ${counted}${first.what}: ${reasonOf(first.error)}; what did not fail is metered, and the next tick tries again`,
    cause: first.error,
  });
}
