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

/** From an instant on, until it is done; `processes` beside Postgres and Temporal, by the names that are printed. */
export async function measure(
  servers: BenchServers,
  of: {
    readonly processes: Readonly<Record<string, RunningProcess>>;
    readonly fromMs: number;
    readonly isDone: () => Promise<boolean>;
  },
): Promise<Measured> {
  const lateMs = Date.now() - of.fromMs;
  if (lateMs > 0) throw new Error(`starting took ${lateMs} ms longer than planned: the month ended in between`);
  await sleep(-lateMs);
  const cpuMs = (): Readonly<Record<string, number>> => ({
    ...Object.fromEntries(Object.entries(of.processes).map(([name, { pid }]) => [name, cpuOf(pid)])),
    Postgres: cpuOfFamily(servers.postgresPid),
    Temporal: cpuOf(servers.temporalPid),
  });
  const before = cpuMs();
  while (!(await of.isDone())) await sleep(100);
  const seconds = (Date.now() - of.fromMs) / 1000;
  const after = Object.entries(cpuMs()).map(([name, ms]) => [name, ms - (before[name] ?? 0)] as const);
  return { seconds, cpuMs: Object.fromEntries(after) };
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
