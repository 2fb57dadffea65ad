// The worker as a program: relay, schedules and a worker for each queue, until it is told to stop.

import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Config } from '../runtime/config';
import { createDependencies, type Dependencies } from '../runtime/dependencies';
import type { Logger } from '../runtime/logging';
import { listenForMetrics } from '../runtime/metrics-listener';
import { createTemporalClient, serverOptions } from '../runtime/temporal';
import { taskQueues } from '../workflows/task-queues';
import { countActivities } from './activity-metrics';
import { atMostEvery } from './at-most-every';
import { keepBeating } from './beating';
import { activityInterceptors } from './interceptors';
import { isBilling } from './lanes';
import { queueSettings } from './queues';
import { startRelay } from './relay';
import { ensureSchedules, schedules } from './schedules';
import { ensureSearchAttributes } from './search-attributes';

const againAfterMs = 5000;
const sayAgainMs = 60_000;

export type WorkerProgram = {
  readonly config: Config;
  readonly log: Logger;
  readonly workflows: Pick<WorkerOptions, 'workflowBundle'>;
  readonly identity: string;
  readonly stopping: AbortSignal;
};

/** Resolves once everything has ended after `stopping`; until then it outlives Temporal and Postgres being away. */
export async function runWorkerProgram(program: WorkerProgram): Promise<void> {
  const { config, log, identity, stopping } = program;
  const dependencies = createDependencies(config, { log });
  const temporal = createTemporalClient(config, { identity });
  const listener = await listenForMetrics(config, dependencies.metrics);
  const relay = startRelay({
    ...dependencies,
    databaseUrl: config.databaseUrl,
    mailPerSecond: config.mailPerSecond,
    isBilling: () => isBilling(dependencies.metrics),
    client: temporal.client,
    log,
    onOutcome: ({ kind }) => dependencies.metrics.deliveryEnded(kind),
  });
  const sayNotWorking = atMostEvery(sayAgainMs, (err: unknown) =>
    log.error({ err, temporal: config.temporalAddress }, 'not working: trying again every few seconds'),
  );
  try {
    while (!stopping.aborted) {
      try {
        await workUntilStopped(program, dependencies);
      } catch (error) {
        sayNotWorking(error);
        await sleep(againAfterMs, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  } finally {
    await relay.stop();
    await listener?.close();
    await temporal.close();
    await dependencies.close();
  }
}

async function workUntilStopped(program: WorkerProgram, dependencies: Dependencies): Promise<void> {
  const { config, log, identity, stopping } = program;
  const temporal = createTemporalClient(config, { identity });
  const connection = await NativeConnection.connect(serverOptions(config));
  try {
    await ensureSearchAttributes(temporal.client, log);
    await ensureSchedules(temporal.client, schedules(config));
    const workers = await createWorkers(program, { connection, dependencies });
    log.info({ queues: Object.values(taskQueues), temporal: config.temporalAddress }, 'working');
    await runTogether(workers, stopping);
  } finally {
    await temporal.close();
    await connection.close();
  }
}

/** A worker for each queue. Where one cannot be made, those made before it are not left behind. */
export async function createWorkers(
  { config, workflows, identity }: Pick<WorkerProgram, 'config' | 'workflows' | 'identity'>,
  { connection, dependencies }: { readonly connection: NativeConnection; readonly dependencies: Dependencies },
): Promise<readonly Worker[]> {
  const shared: Omit<WorkerOptions, 'taskQueue'> = {
    ...workflows,
    connection,
    identity,
    namespace: config.temporalNamespace,
    interceptors: {
      activity: [countActivities(dependencies.metrics), keepBeating(dependencies.progress), activityInterceptors],
    },
    // Of a timeout of 30 s (workflows/activities.ts): a worker that is very busy may be late with two.
    maxHeartbeatThrottleInterval: '10s',
    // One for each worker: it is the processors that limit, and a container of ours has two of them.
    workflowThreadPoolSize: 1,
    // The launcher and Kubernetes wait longer. An activity that has not ended by then is tried again elsewhere.
    shutdownGraceTime: '8s',
    shutdownForceTime: '12s',
  };
  const settings = queueSettings(config);
  const creating = Object.values(taskQueues).map((taskQueue) => {
    const { concurrency, cachedWorkflows, perSecondMax } = settings[taskQueue];
    return Worker.create({
      ...shared,
      taskQueue,
      activities: dependencies.activities[taskQueue],
      maxCachedWorkflows: cachedWorkflows,
      maxConcurrentActivityTaskExecutions: concurrency,
      ...(perSecondMax === undefined ? {} : { maxTaskQueueActivitiesPerSecond: perSecondMax }),
    });
  });
  return allOrNone(creating, async (worker) => {
    const ended = worker.run();
    worker.shutdown();
    await ended;
  });
}

async function allOrNone<Each>(
  creating: readonly Promise<Each>[],
  undo: (made: Each) => Promise<void>,
): Promise<Each[]> {
  const settled = await Promise.allSettled(creating);
  const made = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed === undefined) return made;
  await Promise.allSettled(made.map(undo));
  throw failed.reason;
}

/** Runs workers until `stopping`. When one fails the others are stopped as well. */
async function runTogether(workers: readonly Worker[], stopping: AbortSignal): Promise<void> {
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  stopping.addEventListener('abort', stop, { once: true });
  const running = workers.map((worker) => worker.run());
  try {
    if (stopping.aborted) stop();
    await Promise.all(running);
  } finally {
    stopping.removeEventListener('abort', stop);
    stop();
    await Promise.allSettled(running);
  }
}
