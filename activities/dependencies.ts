// What activities are made of.

import type { Connections } from '../commands/connections';

export type ActivityDependencies = Connections & {
  /** Tells Temporal that a long activity got on with its work; outside of an activity it does nothing. */
  readonly heartbeat: () => void;
};
