// A month's end in a benchmark: processes beside the servers, what happens from an instant on, and what it costs each of them.
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { type RunningProcess, sleep, startProcess } from '../sandbox/processes/processes';
import { schedules } from '../workers/schedules';
import { cpuOf, cpuOfFamily } from './cpu';
import type { BenchServers } from './servers';

export type Env = { readonly [name: string]: string };

/** Seconds from the instant on, and milliseconds of CPU of each process. */
export type Measured = { readonly seconds: number; readonly cpuMs: Readonly<Record<string, number>> };

type Processes = Readonly<Record<string, RunningProcess>>;

/** From an instant on, until it is done; `processes` beside Postgres and Temporal, by the names that are printed. */
export async function measure(
  servers: BenchServers,
  of: { readonly processes: Processes; readonly fromMs: number; readonly isDone: () => Promise<boolean> },
): Promise<Measured> {
  const lateMs = Date.now() - of.fromMs;
  if (lateMs > 0) throw new Error(`starting took ${lateMs} ms longer than planned: the month ended in between`);
  await sleep(-lateMs);
  const before = cpuNow(servers, of.processes);
  while (!(await of.isDone())) await sleep(100);
  return since(before, { fromMs: of.fromMs, cpuMs: cpuNow(servers, of.processes) });
}

/** What goes on all the time, work or none: the rounds of metering, the polls, the beats. */
export async function measureIdle(
  servers: BenchServers,
  of: { readonly processes: Processes; readonly untilMs: number; readonly forMs: number },
): Promise<Measured> {
  await sleep(of.untilMs - of.forMs - Date.now());
  const [fromMs, before] = [Date.now(), cpuNow(servers, of.processes)];
  await sleep(of.untilMs - Date.now());
  return since(before, { fromMs, cpuMs: cpuNow(servers, of.processes) });
}

/**
 * Has a worker of its own begin the guards of all workspaces, as they were begun when these came. What all of them at once leave in
 * its memory is collected within the minutes after: 2 to 3 ms an invoice.
 */
export async function startGuards(servers: BenchServers): Promise<void> {
  const worker = await startBeside(servers, { name: 'worker-guards', entry: 'workers/main.js' });
  await untilIdle(worker);
  await worker.stop();
}

/** Until a process has spent next to nothing for a while on end. Throws where it has ended. */
async function untilIdle(process: RunningProcess): Promise<void> {
  const forMs = 20_000;
  let spent = Number.POSITIVE_INFINITY;
  while (spent > forMs / 20) {
    const before = cpuOf(process.pid);
    await sleep(forMs);
    spent = cpuOf(process.pid) - before;
    if (!process.isRunning()) throw new Error(`expected process ${process.pid} to become idle, it has ended`);
  }
}

function cpuNow(servers: BenchServers, processes: Processes): Measured['cpuMs'] {
  return {
    ...Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, cpuOf(pid)])),
    Postgres: cpuOfFamily(servers.postgresPid),
    Temporal: cpuOf(servers.temporalPid),
  };
}

function since(
  before: Measured['cpuMs'],
  now: { readonly fromMs: number; readonly cpuMs: Measured['cpuMs'] },
): Measured {
  const spent = Object.entries(now.cpuMs).map(([name, ms]) => [name, ms - (before[name] ?? 0)] as const);
  return { seconds: (Date.now() - now.fromMs) / 1000, cpuMs: Object.fromEntries(spent) };
}

/** A stretch of work less what goes on all the time. */
export function lessIdle(measured: Measured, idle: Measured): Measured {
  const share = measured.seconds / idle.seconds;
  const less = Object.entries(measured.cpuMs).map(
    ([name, ms]) => [name, ms - share * (idle.cpuMs[name] ?? 0)] as const,
  );
  return { ...measured, cpuMs: Object.fromEntries(less) };
}

/** `worker 3.1 ms, Postgres …` a second. */
export function describeIdle({ seconds, cpuMs }: Measured): string {
  return Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${(ms / seconds).toFixed(1)} ms`)
    .join(', ');
}

/** `22.1/s; CPU each: worker 9.1 ms, Postgres …` */
export function printMeasured(what: string, { seconds, cpuMs }: Measured, count: number): void {
  const each = Object.entries(cpuMs).map(([name, ms]) => `${name} ${(ms / count).toFixed(1)} ms`);
  console.log(
    `${what}: ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)}/s, ${((60 * count) / seconds).toFixed(0)} a minute; CPU each: ${each.join(', ')}`,
  );
}

export function cpuOfAll({ cpuMs }: Measured): number {
  return Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);
}

/** A worker or what it needs beside it, set up as in production; `entry` is in dist/. */
export function startBeside(
  servers: BenchServers,
  { name, entry, env = {} }: { readonly name: string; readonly entry: string; readonly env?: Env },
): Promise<RunningProcess> {
  return startProcess({
    name,
    role: 'program',
    command: process.execPath,
    args: [path.join(__dirname, '..', entry)],
    logFile: path.join(servers.directory, 'logs', `${name}.log`),
    env: {
      ...process.env,
      TZ: 'UTC',
      DATABASE_URL: servers.databaseUrl,
      TEMPORAL_ADDRESS: servers.temporalAddress,
      LOG_LEVEL: 'warn',
      SELLER_NAME: 'Bench',
      SELLER_ADDRESS: 'Bench Street 1',
      // Metering goes on as in production; there is nothing new to meter.
      METERING_EVERY_SECONDS: '20',
      ...env,
    },
  });
}

// The first worker would begin with it, find the month overdue and close it before its time.
export async function withoutMending(client: Client): Promise<void> {
  const mend = schedules({ meteringEveryMs: 20_000, meteringParallel: 2 }).find(
    ({ scheduleId }) => scheduleId === 'mend',
  );
  if (mend === undefined) throw new Error('expected a schedule named mend, there is none');
  await client.schedule.create({ ...mend, state: { paused: true } });
}

export async function inParallel(
  width: number,
  total: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < total) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
