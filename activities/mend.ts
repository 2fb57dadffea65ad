// What the daily mending asks for.

import { type MendedCollecting, mendCollecting } from '../commands/mend-collecting';
import { type MendedPeriods, mendPeriods } from '../commands/mend-periods';
import { type MendedRefunds, mendRefunds } from '../commands/mend-refunds';
import type { ActivityDependencies } from './dependencies';

export function createMendActivities(dependencies: ActivityDependencies) {
  return {
    /** Starts what the chains of billing periods, of collecting and of refunds have lost. Answers how much that was. */
    mendPeriods: async (): Promise<MendedPeriods & MendedCollecting & MendedRefunds> => ({
      ...(await mendPeriods(dependencies, dependencies.heartbeat)),
      ...(await mendCollecting(dependencies, dependencies.heartbeat)),
      ...(await mendRefunds(dependencies, dependencies.heartbeat)),
    }),
  };
}
