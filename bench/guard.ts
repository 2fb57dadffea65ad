// The guard: ten thousand workspaces without a payment method, all burning, of which two hundred reach zero in the same minute;
// then surprises; then what guards cost that have nothing to do. Figures are of guard_episodes and of the platform's own clock.
//
// At last Minutebook is ended for ten minutes around the zero of fifty.
//
// BENCH_GUARDS and BENCH_ZEROS say how many, BENCH_AWAY_MINUTES how long; small numbers are for trying.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { UsageAppender } from '../db/intake/reports';
import { guardWorkflowId } from '../domain/ids';
import { freePort } from '../sandbox/ports';
import { cpuOf, cpuOfFamily } from './cpu';
import { awayGroup, awayOf } from './guard-away';
import { addGuarded, addPrices, type Guarded, priceNanos, startFleet, workspacesOf } from './guard-data';
import { overrunOf, type Run } from './guard-overrun';
import { startBarePlatform } from './guard-platform';
import { startMinutebook } from './guard-processes';
import { percentiles } from './percentiles';
import { type BenchServers, withServers } from './servers';
import { tick } from './tick';

const guards = Number(process.env['BENCH_GUARDS'] ?? 10_000);
const zeros = Number(process.env['BENCH_ZEROS'] ?? Math.min(200, guards));
const awayMinutes = Number(process.env['BENCH_AWAY_MINUTES'] ?? 10);
const surprises = Math.min(50, guards);
const coveredMinutes = 4n;

const burning: Guarded = { name: 'burning', count: guards, creditNanos: 30_000_000_000n };
const soon: Guarded = { name: 'soon', count: zeros, creditNanos: coveredMinutes * priceNanos };
const slow: Guarded = { ...soon, name: 'slow' };
const away = awayGroup({ count: Math.min(50, zeros), awayMinutes });
const stopsWithinMs = (workspace: string) => (workspace.startsWith(slow.name) ? 60_000 : 5_000);

/** Prints overrun, the answer to surprises, and what guards cost. */
export async function guard(): Promise<void> {
  await withServers(async (servers) => {
    console.log(
      `guard: ${guards} workspaces burning without a payment method, ${zeros} reach zero in the same minute, twice`,
    );
    await withMinutebook(servers, measureAll);
    await idleTicks(servers);
  });
}

/** Prints overrun with Minutebook up and away alone. */
export async function guardAway(): Promise<void> {
  await withServers(async (servers) => {
    console.log(`guard: ${guards} workspaces burning without a payment method, Minutebook up and away`);
    await withMinutebook(servers, async (run) => {
      await allJudged(run);
      await overrunOf(run, soon, 'models that stop within 5 s');
      await awayOf(run, { group: away, others: burning, awayMinutes });
    });
  });
}

async function withMinutebook(servers: BenchServers, work: (run: Run) => Promise<void>): Promise<void> {
  const { db } = servers;
  await addPrices(db);
  for (const each of [burning, soon, slow, away]) await addGuarded(db, each);
  await db.raw('vacuum analyze');
  const platform = await startBarePlatform({ port: await freePort(), stopsWithinMs });
  const fleet = startFleet(db, platform);
  const minutebook = await startMinutebook(servers, platform.url);
  try {
    await work({ servers, platform, fleet, minutebook });
  } finally {
    await fleet.stop();
    await minutebook.stop();
    platform.close();
  }
}

async function measureAll(run: Run): Promise<void> {
  await allJudged(run);
  await tickOf(run);
  await overrunOf(run, soon, 'models that stop within 5 s');
  await overrunOf(run, slow, 'models that stop within 60 s');
  await surprised(run);
  await actionsOf(run);
  await awayOf(run, { group: away, others: burning, awayMinutes });
}

async function allJudged({ servers: { db }, fleet }: Run): Promise<void> {
  const beganMs = Date.now();
  fleet.begin(workspacesOf(burning), beganMs);
  const judged = () => db('guards').whereNotNull('judged_at').count({ rows: '*' }).first();
  while (Number((await judged())?.['rows']) < guards) await sleep(1000);
  const seconds = (Date.now() - beganMs) / 1000;
  console.log(`all guards started and judged: ${seconds.toFixed(0)} s, ${(guards / seconds).toFixed(1)}/s`);
}

// Everything that goes on while nothing happens: ticks, reports, looks that are due.
async function tickOf({ servers, minutebook }: Run): Promise<void> {
  const ticks = 3;
  const cpu = () =>
    [cpuOf(minutebook.workerPid()), cpuOfFamily(servers.postgresPid), cpuOf(servers.temporalPid)] as const;
  const before = cpu();
  await sleep(ticks * 20_000);
  const [worker, postgres, temporal] = cpu().map((ms, at) => (ms - (before[at] ?? 0)) / ticks);
  const each = (ms = 0) => `${ms.toFixed(0)} ms`;
  console.log(
    `CPU of a tick, all burning: worker ${each(worker)}, Postgres ${each(postgres)}, Temporal ${each(temporal)}`,
  );
}

async function surprised({ platform, fleet }: Run): Promise<void> {
  const workspaces = workspacesOf(burning).slice(0, surprises);
  const answeredMs = new Map<string, number>();
  for (const workspace of workspaces) answeredMs.set(workspace, await fleet.surprise(workspace));
  const untilMs = Date.now() + 180_000;
  while (workspaces.some((each) => platform.commandedMs(each) === undefined) && Date.now() < untilMs) await sleep(200);
  const seconds = workspaces.map(
    (each) => ((platform.commandedMs(each) ?? Date.now()) - (answeredMs.get(each) ?? 0)) / 1000,
  );
  const { p50, p99 } = percentiles(seconds);
  console.log(
    `surprise, from the report's answer to the command: p50 ${p50.toFixed(1)} s, p99 ${p99.toFixed(1)} s (asked: 30 s)`,
  );
}

// What Temporal Cloud counts: starts, timers, activities, signals.
const actionEvents = [
  'workflowExecutionStartedEventAttributes',
  'timerStartedEventAttributes',
  'activityTaskScheduledEventAttributes',
  'workflowExecutionSignaledEventAttributes',
] as const;

async function actionsOf({ servers }: Run): Promise<void> {
  const connection = await Connection.connect({ address: servers.temporalAddress });
  try {
    const client = new Client({ connection });
    const counted = async (workspaces: readonly string[]) => {
      const counts: number[] = [];
      for (const workspace of workspaces.slice(0, 20)) {
        const { events } = await client.workflow.getHandle(guardWorkflowId(workspace)).fetchHistory();
        counts.push((events ?? []).filter((event) => actionEvents.some((name) => event[name] != null)).length);
      }
      return percentiles(counts).p50;
    };
    const left = workspacesOf(burning).slice(surprises);
    console.log(
      `Temporal actions, p50: from first usage to the stop ${await counted(workspacesOf(soon))}; so far of those that burn on ${await counted(left)}`,
    );
    console.log(
      '  idle: a timer and an activity in 28 days; burning with hours left: the same each time that half of it is over',
    );
  } finally {
    await connection.close();
  }
}

/** A round of metering with nothing reported, over guards that have nothing to do. */
async function idleTicks(servers: BenchServers): Promise<void> {
  const { db } = servers;
  await db.raw('truncate guards, dirty_credits, dirty_hours, dirty_days cascade');
  for (const count of [10_000, 100_000]) {
    await db.raw(
      `insert into workspaces (id, name, billing_email, starts_at, created_at)
       select 'idle-' || each, 'Bench', 'a@b.example', now(), now() from generate_series(1, ?::int) as each
       on conflict do nothing`,
      [count],
    );
    await db.raw(
      `insert into guards (workspace_id, shard, started_at, wake_sequence, judged_sequence, judged_at, next_look_at, next_change_at)
       select id, shard, now(), 1, 1, now(), now() + interval '28 days', now() + interval '29 days' from workspaces
       where starts_with(id, 'idle-') on conflict do nothing`,
    );
    await db.raw('vacuum analyze');
    const times: number[] = [];
    const connections = { db, appender: new UsageAppender(), clock: Date.now };
    const before = cpuOfFamily(servers.postgresPid);
    const rounds = 10;
    for (let round = 0; round < rounds; round++) times.push(await timeOf(() => tick(connections)));
    const postgres = (cpuOfFamily(servers.postgresPid) - before) / rounds;
    console.log(
      `a tick over ${count} idle guards: p50 ${percentiles(times).p50.toFixed(0)} ms, Postgres' CPU ${postgres.toFixed(0)} ms`,
    );
  }
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
