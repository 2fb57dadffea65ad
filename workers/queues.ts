// What each task queue's worker is given, as data. The queue's activities are the group of its name.

import type { Config } from '../runtime/config';
import type { TaskQueue } from '../workflows/task-queues';

export type QueueSettings = {
  /** Activities at the same time; each holds a connection of the pool. */
  readonly concurrency: number;
  /** Workflows kept in memory between their tasks. */
  readonly cachedWorkflows: number;
  /** Activities a second over all workers of the queue; as many as come where left out. */
  readonly perSecondMax?: number;
};

// The relay needs a connection of the pool as well.
const relayConnections = 1;

// As many as the mailer keeps connections to its server. Each holds one of the pool for some milliseconds an address.
const mailsAtOnce = 5;

// How many calls a second there may be, the gateway sees to. Each holds a connection of the pool before and after its call.
const paymentsAtOnce = 10;

// Between its statements a judgement waits for the platform.
const guardsAtOnce = 10;

export function queueSettings({
  poolMax,
  meteringParallel,
  mailPerSecond,
}: Pick<Config, 'poolMax' | 'meteringParallel' | 'mailPerSecond'>): { readonly [queue in TaskQueue]: QueueSettings } {
  return {
    // A sleeping month that is still in memory wakes without its history being read again.
    billing: { concurrency: Math.max(2, poolMax - meteringParallel - relayConnections), cachedWorkflows: 2000 },
    usage: { concurrency: meteringParallel, cachedWorkflows: 10 },
    mail: { concurrency: mailsAtOnce, cachedWorkflows: 100, perSecondMax: mailPerSecond },
    stripe: { concurrency: paymentsAtOnce, cachedWorkflows: 2000 },
    // A guard sleeps for most of its life, and many wake at once.
    guard: { concurrency: guardsAtOnce, cachedWorkflows: 2000 },
  };
}
