// The activities: thin; they call commands. A group is served by the task queue of its name.

import { createBillingActivities } from './billing';
import { createCollectingActivities } from './collecting';
import type { ActivityDependencies } from './dependencies';
import { createGuardActivities } from './guard';
import { createMailActivities } from './mail';
import { createMendActivities } from './mend';
import { createMeteringActivities } from './metering';
import { createMethodActivities } from './payment-methods';
import { createRefundActivities } from './refunds';
import { createStripeEventActivities } from './stripe-events';
import { createWebhookActivities } from './webhooks';

export type { MendedCollecting } from '../commands/mend-collecting';
export type { MendedGuards } from '../commands/mend-guards';
export type { MendedMethods } from '../commands/mend-methods';
export type { MendedPeriods } from '../commands/mend-periods';
export type { MendedRefunds } from '../commands/mend-refunds';
export type { Reread } from '../commands/reread-payments';
export type { Swept } from '../commands/sweep-stripe-events';
export type { ActivityDependencies } from './dependencies';
export type { Metered, ShardGroup } from './metering';

export function createActivities(dependencies: ActivityDependencies) {
  return {
    billing: { ...createBillingActivities(dependencies), ...createMendActivities(dependencies) },
    usage: createMeteringActivities(dependencies),
    guard: createGuardActivities(dependencies),
    mail: createMailActivities(dependencies),
    webhooks: createWebhookActivities(dependencies),
    stripe: {
      ...createMethodActivities(dependencies),
      ...createCollectingActivities(dependencies),
      ...createRefundActivities(dependencies),
      ...createStripeEventActivities(dependencies),
    },
  };
}

/** By task queue. Workflows know them by these types alone. */
export type Activities = ReturnType<typeof createActivities>;
