// Temporal's dev server, with its Web UI, and the time-skipping test server, each as a child process.

import path from 'node:path';
import { Connection } from '@temporalio/client';
import { loopback } from './ports';
import { startProcess, untilReady } from './processes';

/** What an operator can filter billing periods by in the Web UI. */
export const searchAttributes = {
  WorkspaceId: 'Keyword',
  BillingPeriod: 'Keyword',
  BillingStatus: 'Keyword',
  InvoiceId: 'Keyword',
  AmountDueCents: 'Int',
  CloseAt: 'Datetime',
} as const;

export type TemporalDevOptions = {
  readonly program: string;
  readonly port: number;
  readonly logFile: string;
  /** In memory when left out. */
  readonly dbFilename?: string;
  /** No Web UI when left out. */
  readonly uiPort?: number;
};

export type RunningTemporal = {
  readonly address: string;
  readonly pid: number;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
};

export async function startTemporalDev(options: TemporalDevOptions): Promise<RunningTemporal> {
  const { port, uiPort, dbFilename } = options;
  const args = [
    ...['server', 'start-dev', '--ip', loopback, '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    // WAL without a sync at each commit is as fast as memory, and survives anything but a power cut.
    ...(dbFilename === undefined
      ? []
      : ['--db-filename', dbFilename, '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL']),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
  return start('Temporal dev server', options.program, args, port, options.logFile, path.dirname(options.logFile));
}

export type TimeSkippingOptions = { readonly program: string; readonly port: number; readonly logFile: string };

/** Knows no search attributes at first: the client defines them through the operator service. */
export function startTimeSkipping({ program, port, logFile }: TimeSkippingOptions): Promise<RunningTemporal> {
  return start('Temporal test server', program, [String(port)], port, logFile, path.dirname(logFile));
}

async function start(
  name: string,
  command: string,
  args: readonly string[],
  port: number,
  logFile: string,
  cwd: string,
): Promise<RunningTemporal> {
  const address = `${loopback}:${port}`;
  const child = await startProcess({ name, command, args, logFile, cwd, stopWithinMs: 10_000 });
  await untilReady(child, () => isServing(address), 60_000);
  return { address, pid: child.pid, exited: child.exited, stop: () => child.stop() };
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
