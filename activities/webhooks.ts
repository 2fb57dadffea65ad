// What the telling of an endpoint asks for.

import { deliverWebhooks } from '../commands/deliver-webhooks';
import type { DeliverWebhooksArguments } from '../domain/delivery';
import { MinutebookError } from '../domain/errors';
import type { DeliveryRound } from '../domain/outcomes';
import type { ActivityDependencies } from './dependencies';

export function createWebhookActivities(dependencies: ActivityDependencies) {
  return {
    /** Tells an endpoint what is due, for some seconds; answers what comes next. */
    tellEndpoint: async (of: DeliverWebhooksArguments): Promise<DeliveryRound> => {
      const { webhooks } = dependencies;
      if (webhooks !== undefined) return deliverWebhooks({ ...dependencies, webhooks }, of);
      throw new MinutebookError({ code: 'internal', detail: 'this worker was built without what tells endpoints' });
    },
  };
}
