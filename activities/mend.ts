// What the daily mending asks for.

import { type MendedCollecting, mendCollecting } from '../commands/mend-collecting';
import { type MendedGuards, mendGuards } from '../commands/mend-guards';
import { type MendedMethods, mendMethods } from '../commands/mend-methods';
import { type MendedPeriods, mendPeriods } from '../commands/mend-periods';
import { type MendedRefunds, mendRefunds } from '../commands/mend-refunds';
import type { ActivityDependencies } from './dependencies';

export function createMendActivities(dependencies: ActivityDependencies) {
  return {
    /**
     * Starts what the chains of billing periods, of collecting, of refunds, of detaching and of guards have lost, and tells what is due
     * by the day.
     */
    mendPeriods: async (): Promise<
      MendedPeriods & MendedCollecting & MendedRefunds & MendedMethods & MendedGuards
    > => ({
      ...(await mendPeriods(dependencies, dependencies.heartbeat)),
      ...(await mendCollecting(dependencies, dependencies.heartbeat)),
      ...(await mendRefunds(dependencies, dependencies.heartbeat)),
      ...(await mendMethods(dependencies, dependencies.heartbeat)),
      ...(await mendGuards(dependencies, dependencies.heartbeat)),
    }),
  };
}
