// The task queues by the names of their activities' groups.
import type { Activities } from '../activities';

export type TaskQueue = keyof Activities;

export const taskQueues: { readonly [queue in TaskQueue]: queue } = {
  billing: 'billing',
  usage: 'usage',
  mail: 'mail',
  stripe: 'stripe',
  guard: 'guard',
  webhooks: 'webhooks',
};
