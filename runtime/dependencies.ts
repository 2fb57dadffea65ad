// What the worker is made of: the connections, and the activities over them.

import { asyncLocalStorage } from '@temporalio/activity';
import { type Activities, type ActivityDependencies, createActivities } from '../activities';
import type { Config } from './config';
import { createConnections } from './connections';
import { createMetrics, type Metrics } from './metrics';
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics';

export type Dependencies = ActivityDependencies & {
  readonly activities: Activities;
  readonly metrics: Metrics & WorkerMetrics;
  close(): Promise<void>;
};

export function createDependencies(
  config: Config,
  { clock }: { readonly clock?: ActivityDependencies['clock'] } = {},
): Dependencies {
  const connections = createConnections(config, { process: 'worker', ...(clock === undefined ? {} : { clock }) });
  const dependencies = { ...connections, heartbeat: () => asyncLocalStorage.getStore()?.heartbeat() };
  const metrics = createMetrics(connections);
  return {
    ...dependencies,
    activities: createActivities(dependencies),
    metrics: { ...metrics, ...createWorkerMetrics(metrics.registry) },
  };
}
