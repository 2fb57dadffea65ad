// What the worker is made of: the connections, and the activities over them.

import { asyncLocalStorage } from '@temporalio/activity';
import { type Activities, type ActivityDependencies, createActivities } from '../activities';
import type { Config } from './config';
import { createConnections } from './connections';

export type Dependencies = ActivityDependencies & {
  readonly activities: Activities;
  close(): Promise<void>;
};

export function createDependencies(
  config: Config,
  { clock }: { readonly clock?: ActivityDependencies['clock'] } = {},
): Dependencies {
  const connections = createConnections(config, { process: 'worker', ...(clock === undefined ? {} : { clock }) });
  const dependencies = { ...connections, heartbeat: () => asyncLocalStorage.getStore()?.heartbeat() };
  return { ...dependencies, activities: createActivities(dependencies) };
}
