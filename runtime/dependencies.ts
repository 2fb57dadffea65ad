// What the worker is made of: the connections, and the activities over them.

import { type Activities, type ActivityDependencies, createActivities } from '../activities';
import type { Config } from './config';
import { createConnections } from './connections';
import { createRenderer } from './documents';
import { createLog, type Logger } from './logging';
import { createMailOut } from './mail';
import { createMetrics, type Metrics } from './metrics';
import { createProgress, type Progress } from './progress';
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics';

export type Dependencies = ActivityDependencies & {
  readonly activities: Activities;
  readonly metrics: Metrics & WorkerMetrics;
  readonly progress: Progress;
  close(): Promise<void>;
};

export function createDependencies(
  config: Config,
  {
    clock,
    log = createLog(config, 'worker'),
  }: { readonly clock?: ActivityDependencies['clock']; readonly log?: Logger } = {},
): Dependencies {
  const connections = createConnections(config, {
    process: 'worker',
    ...(clock === undefined ? {} : { clock }),
    onStripeCall: (record) => workerMetrics.stripeCallEnded(record),
  });
  const progress = createProgress();
  const heartbeat = progress.note;
  // An activity gets on whenever Postgres has answered one of its statements, in whichever transaction. A timer alone would
  // show a living process and hide an activity that hangs (workers/beating.ts). It is the timer that beats: a beat a statement
  // cost an invoice as much as the statements, and a call to Temporal.
  connections.db.on('query-response', heartbeat);
  const mail = createMailOut(config, () => createRenderer(config, log));
  const dependencies = { ...connections, heartbeat, ...(mail === undefined ? {} : { mail }) };
  const metrics = createMetrics(connections);
  const workerMetrics = createWorkerMetrics(metrics.registry);
  return {
    ...dependencies,
    activities: createActivities(dependencies),
    progress,
    metrics: { ...metrics, ...workerMetrics },
    close: async () => {
      mail?.mailer.close();
      await connections.close();
    },
  };
}
