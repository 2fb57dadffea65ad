// What a credit guard asks for.

import type { Judged } from '../commands/conclude-judgement';
import { judgeWorkspace } from '../commands/judge-workspace';
import type { ActivityDependencies } from './dependencies';

export function createGuardActivities(dependencies: ActivityDependencies) {
  return {
    /** Judges a workspace afresh, and commands what follows. Doing it again finds it done, and carries on. */
    judge: (of: { readonly workspace: string }): Promise<Judged> =>
      judgeWorkspace(dependencies, of, dependencies.heartbeat),
  };
}
