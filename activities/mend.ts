// What the daily mending asks for.

import { type MendedPeriods, mendPeriods } from '../commands/mend-periods';
import type { ActivityDependencies } from './dependencies';

export function createMendActivities(dependencies: ActivityDependencies) {
  return {
    /** Starts what the chain of billing periods has lost. Answers how much that was. */
    mendPeriods: (): Promise<MendedPeriods> => mendPeriods(dependencies, dependencies.heartbeat),
  };
}
