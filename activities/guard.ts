// What a credit guard asks for.

import { judgeWorkspace } from '../commands/judge-workspace';
import type { Judged } from '../domain/outcomes';
import type { ActivityDependencies } from './dependencies';

export function createGuardActivities(dependencies: ActivityDependencies) {
  return {
    /** Judges a workspace afresh, and commands what follows. Doing it again finds it done, and carries on. */
    judge: (of: { readonly workspace: string }): Promise<Judged> =>
      judgeWorkspace(dependencies, of, dependencies.heartbeat),
  };
}
