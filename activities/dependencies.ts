// What activities are made of.

import type { Charging, Connections } from '../commands/connections';
import type { MailOut } from '../commands/send-email';
import { MinutebookError } from '../domain/errors';

export type ActivityDependencies = Connections & {
  /** Notes that a long activity got on with its work, so that it goes on beating; outside of an activity it does nothing. */
  readonly heartbeat: () => void;
  /** How e-mail goes out; without it, what waits goes on waiting. */
  readonly mail?: MailOut;
};

/** The dependencies of what calls the payment processor. Throws `unavailable` where this worker has none: another may. */
export function charging<Given extends ActivityDependencies>(dependencies: Given): Given & Charging {
  const { payments } = dependencies;
  if (payments !== undefined) return { ...dependencies, payments };
  throw new MinutebookError({
    code: 'unavailable',
    detail: 'this worker has no STRIPE_SECRET_KEY, and what is to be done needs Stripe: set it where workers run',
  });
}
