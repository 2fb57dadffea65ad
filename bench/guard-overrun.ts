// How long models ran beyond what credits cover, by guard_episodes and the platform's own clock.
import { setTimeout as sleep } from 'node:timers/promises';
import { minuteMs } from '../domain/period';
import { type Fleet, type Guarded, priceNanos, workspacesOf } from './guard-data';
import type { BarePlatform } from './guard-platform';
import type { Minutebook } from './guard-processes';
import { percentiles } from './percentiles';
import type { BenchServers } from './servers';

export type Run = {
  readonly servers: BenchServers;
  readonly platform: BarePlatform;
  readonly fleet: Fleet;
  readonly minutebook: Minutebook;
};

/** Runs the group until its credits are used, all in the same minute, and prints by how much more. */
export async function overrunOf(run: Run, group: Guarded, what: string): Promise<void> {
  const zeroMs = beginToBurn(run, group);
  await sleep(zeroMs + 90_000 - Date.now());
  await printOverrun(run, { group, what, zeroMs });
}

/** Begins with the next minute; answers when the credits of the group are used. */
export function beginToBurn({ fleet }: Run, group: Guarded): number {
  const sinceMs = (Math.floor(Date.now() / minuteMs) + 1) * minuteMs;
  fleet.begin(workspacesOf(group), sinceMs);
  return sinceMs + Number(group.creditNanos / priceNanos) * minuteMs;
}

export async function printOverrun(
  { servers: { db }, platform }: Run,
  { group, what, zeroMs }: { readonly group: Guarded; readonly what: string; readonly zeroMs: number },
): Promise<void> {
  const workspaces = workspacesOf(group);
  const rows = await db('guard_episodes')
    .whereIn('workspace_id', [...workspaces])
    .select('workspace_id', 'begins_at');
  const begins = new Map(rows.map((row) => [row.workspace_id as string, row.begins_at as number]));
  const overruns = workspaces.map((workspace) => {
    const stoppedMs = platform.stoppedMs(workspace) ?? Date.now();
    return Math.max(0, Math.ceil((stoppedMs - (begins.get(workspace) ?? zeroMs)) / minuteMs));
  });
  const early = workspaces.filter(
    (workspace) => (platform.commandedMs(workspace) ?? zeroMs) < zeroMs - minuteMs,
  ).length;
  const unheard = workspaces.filter((workspace) => platform.commandedMs(workspace) === undefined).length;
  const usd = (minutes: number) => `$${((minutes * Number(priceNanos)) / 1e9).toFixed(4)}`;
  const { p50, p99 } = percentiles(overruns);
  console.log(
    `${what}: overrun p50 ${p50} min (${usd(p50)}), p99 ${p99} min (${usd(p99)}); ${begins.size} episodes, ${early} stopped before the last minute, ${unheard} never`,
  );
  const lead = percentiles(workspaces.map((each) => (zeroMs - (platform.commandedMs(each) ?? zeroMs)) / 1000));
  console.log(`  stopped before the zero: p50 ${lead.p50.toFixed(1)} s; the last ${lead.least.toFixed(1)} s`);
}
