// A round of metering over all shards, as the Schedule has it done, and what a series of them costs.
import { applyCredits } from '../commands/compute-standings';
import type { Connections } from '../commands/connections';
import { sweepQuarantine } from '../commands/replay-quarantine';
import { rollUpDays } from '../db/metering/days';
import { foldShard } from '../db/metering/fold';
import { rollUpShard } from '../db/metering/hours';
import { beginRound } from '../db/metering/rounds';
import { cpuOfFamily } from './cpu';
import { runningHourMs } from './hot-data';
import { percentiles } from './percentiles';
import type { BenchServers } from './servers';

/** Milliseconds of one: by the clock at the median, and of CPU in Postgres on average. */
export type Ticks = { readonly clockMs: number; readonly cpuMs: number };

export async function tick({ db, appender, clock }: Pick<Connections, 'db' | 'appender' | 'clock'>): Promise<void> {
  const nowMs = await clock();
  const { shards, hasChores } = await beginRound(db, { nowMs });
  for (const shard of shards) {
    await foldShard(db, shard);
    await rollUpShard(db, shard);
    // Of the day that is reported here all hours count as still to come.
    await rollUpDays(db, shard, { nowMs: runningHourMs });
    await applyCredits({ db, clock }, shard);
  }
  if (hasChores) await sweepQuarantine({ db, appender, nowMs });
}

/** `before` makes what each has to do, and is not counted. */
export async function measureTicks(
  { postgresPid }: Pick<BenchServers, 'postgresPid'>,
  connections: Pick<Connections, 'db' | 'appender' | 'clock'>,
  { rounds, before = async () => undefined }: { readonly rounds: number; readonly before?: () => Promise<unknown> },
): Promise<Ticks> {
  const times: number[] = [];
  let cpuMs = 0;
  // The first makes the plans, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    await before();
    const [beganMs, cpuBegan] = [performance.now(), cpuOfFamily(postgresPid)];
    await tick(connections);
    if (round === 0) continue;
    times.push(performance.now() - beganMs);
    cpuMs += cpuOfFamily(postgresPid) - cpuBegan;
  }
  return { clockMs: percentiles(times).p50, cpuMs: cpuMs / rounds };
}

export function describeTicks({ clockMs, cpuMs }: Ticks): string {
  return `p50 ${clockMs.toFixed(0)} ms, Postgres' CPU ${cpuMs.toFixed(0)} ms`;
}

/** `1.12 times by the clock, 1.05 by CPU`. */
export function describeRatio(ticks: Ticks, limit: Ticks): string {
  const times = (one: number, other: number) => (one / other).toFixed(2);
  return `${times(ticks.clockMs, limit.clockMs)} times by the clock, ${times(ticks.cpuMs, limit.cpuMs)} by CPU`;
}
