// The parts of a started Minutebook, each started here or named by the environment.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { Client } from 'pg';
import { readTemporal } from '../runtime/temporal-access';
import { taskQueues } from '../workflows/task-queues';
import type { KeepUp } from './overseen';
import { projectDirectory } from './places';
import { loopback, onFreePort } from './ports';
import { startPostgres } from './postgres';
import { type OnSpawn, type RunningProcess, startProcess, untilReady } from './processes';
import { startTemporalDev } from './temporal';
import { locateTemporal } from './temporal-programs';

export type Surroundings = {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly onSpawn: OnSpawn;
  readonly keepUp: KeepUp;
};

export type Ports = {
  readonly api: number;
  readonly temporal: number;
  readonly temporalUi: number;
  readonly postgres: number;
  readonly platform: number;
};

/** The address of the database `minutebook`. */
export async function providePostgres(around: Surroundings, wanted: number): Promise<string> {
  const given = around.env['DATABASE_URL'];
  if (given) return given;
  const directory = path.join(around.home, 'postgres');
  if (!existsSync(directory)) around.say('PostgreSQL: making a new database');
  const options = { directory, logFile: logFile(around, 'postgres'), onSpawn: around.onSpawn };
  const { url } = await onFreePort(wanted, (port) => around.keepUp(() => startPostgres({ ...options, port })));
  const database = new URL(url);
  database.pathname = '/minutebook';
  await createDatabase(url, 'minutebook');
  around.say(`PostgreSQL 18 is up on port ${database.port}`);
  return database.href;
}

export type TemporalAddresses = { readonly address: string; readonly ui: string | null };

export async function provideTemporal(around: Surroundings, ports: Ports): Promise<TemporalAddresses> {
  const given = around.env['TEMPORAL_ADDRESS'];
  if (given) return { address: given, ui: null };
  const directory = path.join(around.home, 'temporal');
  await mkdir(directory, { recursive: true });
  const program = await locateTemporal('temporal', around.say);
  const options = {
    program,
    namespace: namespaceOf(around),
    dbFilename: path.join(directory, 'temporal.db'),
    logFile: logFile(around, 'temporal'),
    onSpawn: around.onSpawn,
  };
  const { address, uiPort } = await onFreePort(ports.temporalUi, (uiPort) =>
    onFreePort(ports.temporal, async (port) => {
      const start = () => startTemporalDev({ ...options, port, uiPort });
      return { ...(await around.keepUp(start)), uiPort };
    }),
  );
  await keepClosedWorkflows(address, namespaceOf(around));
  around.say(`Temporal is up on ${address}`);
  return { address, ui: `http://${loopback}:${uiPort}` };
}

export type Program = {
  readonly name: string;
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  /**
   * Answers when it listens; without it, one that runs has come up. It must not hang on other parts: these may be away
   * when it is started again.
   */
  readonly untilUp?: (started: RunningProcess) => Promise<void>;
};

/** A Node program of ours, out of dist/, that ends when we do. */
export function startProgram(around: Surroundings, program: Program): Promise<RunningProcess> {
  return around.keepUp(async () => {
    const started = await startNode(around, program);
    await program.untilUp?.(started);
    return started;
  });
}

function startNode(around: Surroundings, program: Program): Promise<RunningProcess> {
  return startProcess({
    name: program.name,
    role: 'program',
    command: process.execPath,
    args: [
      ...['--enable-source-maps', '--require', built('sandbox', 'end-with-parent.js')],
      built(...program.entry.split('/')),
    ],
    env: { ...around.env, ...program.env, TZ: 'UTC' },
    cwd: projectDirectory,
    logFile: logFile(around, program.name.toLowerCase()),
    channel: true,
    stopWithinMs: 20_000,
    onSpawn: around.onSpawn,
  });
}

/** Waits until the program answers this address: with success, or, for `anything`, at all. */
export function untilAnswering(program: RunningProcess, url: string, wanted: 'success' | 'anything'): Promise<void> {
  const isReady = async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await response?.body?.cancel();
    return response !== undefined && (response.ok || wanted === 'anything');
  };
  return untilReady(program, isReady, 60_000);
}

/** Waits until the worker asks Temporal for workflow tasks. */
export async function untilWorking(worker: RunningProcess, around: Surroundings, address: string): Promise<void> {
  const access = around.env['TEMPORAL_ADDRESS'] ? readTemporal(around.env, []).access : {};
  const connection = Connection.lazy({ address, ...access });
  const taskQueue = { name: taskQueues.billing };
  const isReady = async () => {
    const request = { namespace: namespaceOf(around), taskQueue, taskQueueType: workflowTaskQueue };
    const { pollers } = await connection.workflowService.describeTaskQueue(request).catch(() => ({ pollers: [] }));
    return (pollers ?? []).some(({ identity }) => identity?.includes(` ${worker.pid}@`));
  };
  try {
    await untilReady(worker, isReady, 60_000);
  } finally {
    await connection.close();
  }
}

// temporal.api.enums.v1.TaskQueueType
const workflowTaskQueue = 1;

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

// A dev server forgets closed workflows after a day. A week is enough to look up how a month was closed while its invoices
// are new; how it was billed stays in Postgres. Longer would cost room: metering alone closes 4,320 workflows a day.
async function keepClosedWorkflows(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs('7 days') },
    });
  } finally {
    await connection.close();
  }
}

function namespaceOf(around: Surroundings): string {
  return around.env['TEMPORAL_NAMESPACE'] || 'default';
}

function logFile(around: Surroundings, name: string): string {
  return path.join(around.home, 'logs', `${name}.log`);
}

function built(...segments: readonly string[]): string {
  return path.join(projectDirectory, 'dist', ...segments);
}
