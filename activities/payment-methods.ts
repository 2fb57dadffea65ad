// What the upkeep of payment methods asks for.

import { detachMethod } from '../commands/detach-method';
import type { DetachMethodArguments } from '../domain/delivery';
import { type ActivityDependencies, charging } from './dependencies';

export function createMethodActivities(dependencies: ActivityDependencies) {
  return {
    /** Detaches a method that is out of use, or answers that it is not to be yet. Doing it again finds it done. */
    detachMethod: (of: DetachMethodArguments): Promise<'detached' | 'in_flight'> =>
      detachMethod(charging(dependencies), of),
  };
}
