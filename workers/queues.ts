// What each task queue's worker is given, as data. The queue's activities are the group of its name.

import type { Config } from '../runtime/config';
import { workerSlots } from '../runtime/worker-slots';
import type { TaskQueue } from '../workflows/task-queues';

export type QueueSettings = {
  /** Activities at the same time; each holds a connection of the pool. */
  readonly concurrency: number;
  /** Workflows kept in memory between their tasks. */
  readonly cachedWorkflows: number;
  /** Activities a second over all workers of the queue; as many as come where left out. */
  readonly perSecondMax?: number;
};

export function queueSettings(config: Pick<Config, 'poolMax' | 'meteringParallel' | 'mailPerSecond'>): {
  readonly [queue in TaskQueue]: QueueSettings;
} {
  const { slots } = workerSlots(config);
  return {
    // A sleeping month that is still in memory wakes without its history being read again.
    billing: { concurrency: slots.billing, cachedWorkflows: 2000 },
    usage: { concurrency: slots.usage, cachedWorkflows: 10 },
    mail: { concurrency: slots.mail, cachedWorkflows: 100, perSecondMax: config.mailPerSecond },
    // How many calls a second there may be, the gateway sees to.
    stripe: { concurrency: slots.stripe, cachedWorkflows: 2000 },
    // A guard sleeps for most of its life, and many wake at once.
    guard: { concurrency: slots.guard, cachedWorkflows: 2000 },
    webhooks: { concurrency: slots.webhooks, cachedWorkflows: 200 },
  };
}
