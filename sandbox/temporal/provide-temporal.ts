// The Temporal that a started Minutebook uses: named by the environment, or a dev server of its own.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { readTemporal } from '../../runtime/temporal-access';
import { taskQueues } from '../../workflows/task-queues';
import { loopback, onFreePort } from '../ports';
import { type RunningProcess, untilReady } from '../processes/processes';
import { logFileOf, type Surroundings } from '../surroundings';
import { startTemporalDev } from './temporal';
import { locateTemporal } from './temporal-programs';

export type TemporalAddresses = { readonly address: string; readonly ui: string | null };

/** `wanted`: the ports, where they are free. */
export async function provideTemporal(
  around: Surroundings,
  wanted: { readonly temporal: number; readonly temporalUi: number },
): Promise<TemporalAddresses> {
  const given = around.env['TEMPORAL_ADDRESS'];
  if (given) return { address: given, ui: null };
  const directory = path.join(around.home, 'temporal');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const program = await locateTemporal('temporal', around.say);
  const options = {
    program,
    namespace: namespaceOf(around),
    dbFilename: path.join(directory, 'temporal.db'),
    logFile: logFileOf(around, 'temporal'),
    onSpawn: around.onSpawn,
  };
  const { address, uiPort } = await onFreePort(wanted.temporalUi, (uiPort) =>
    onFreePort(wanted.temporal, async (port) => {
      const start = () => startTemporalDev({ ...options, port, uiPort });
      return { ...(await around.keepUp(start)), uiPort };
    }),
  );
  await keepClosedWorkflows(address, namespaceOf(around));
  around.say(`Temporal is up on ${address}`);
  return { address, ui: `http://${loopback}:${uiPort}` };
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
