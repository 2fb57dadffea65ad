// What activities are made of.

import type { Connections } from '../commands/connections';
import type { MailOut } from '../commands/send-email';

export type ActivityDependencies = Connections & {
  /** Tells Temporal that a long activity got on with its work; outside of an activity it does nothing. */
  readonly heartbeat: () => void;
  /** How e-mail goes out; without it, what waits goes on waiting. */
  readonly mail?: MailOut;
};
