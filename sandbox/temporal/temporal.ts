// Temporal's dev server, with its Web UI, as a child process.

import path from 'node:path';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../../workflows/search-attributes';
import { loopback } from '../ports';
import { type OnSpawn, type RunningProcess, startProcess, untilReady } from '../processes/processes';

// The CLI's words for the types.
const types = { KEYWORD: 'Keyword', INT: 'Int', DATETIME: 'Datetime' } as const;

export type TemporalDevOptions = {
  readonly program: string;
  readonly port: number;
  readonly logFile: string;
  /** Beside `default`, which is always there. */
  readonly namespace?: string;
  /** In memory when left out. */
  readonly dbFilename?: string;
  /** No Web UI when left out. */
  readonly uiPort?: number;
  /** Limits of the server other than its own, by their names in its dynamic configuration. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly onSpawn?: OnSpawn;
};

export type RunningTemporal = RunningProcess & { readonly address: string };

export async function startTemporalDev(options: TemporalDevOptions): Promise<RunningTemporal> {
  const { port, uiPort, dbFilename } = options;
  const args = [
    ...['server', 'start-dev', '--ip', loopback, '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...(options.namespace === undefined ? [] : ['--namespace', options.namespace]),
    // WAL without a sync at each commit is as fast as memory, and survives anything but a power cut.
    ...(dbFilename === undefined
      ? []
      : ['--db-filename', dbFilename, '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL']),
    ...Object.values(searchAttributes).flatMap(({ name, type }) => ['--search-attribute', `${name}=${types[type]}`]),
    ...Object.entries(options.limits ?? {}).flatMap(([name, limit]) => ['--dynamic-config-value', `${name}=${limit}`]),
  ];
  return start('Temporal dev server', args, options);
}

async function start(name: string, args: readonly string[], options: TemporalDevOptions): Promise<RunningTemporal> {
  const { program: command, port, logFile, onSpawn } = options;
  const address = `${loopback}:${port}`;
  const child = await startProcess({
    name,
    role: 'server',
    command,
    args,
    logFile,
    onSpawn,
    cwd: path.dirname(logFile),
  });
  await untilReady(child, () => isServing(address), 60_000);
  return { ...child, address };
}

/** Whether the server at this address takes workflow calls now. */
export async function isServing(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address, connectTimeout: 1000 });
  try {
    const answer = await connection.withDeadline(Date.now() + 1000, () =>
      connection.healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' }),
    );
    return answer.status === servingStatus;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

// grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING
const servingStatus = 1;
