// The gate that is asked before deployments, and the guard behind it.

import type { Episode } from '../../contract/episodes';
import type { ListedGate, RefusedDeployEntry } from '../../contract/gate';
import type { PastDuePauseEntry, SuspensionEntry } from '../../contract/guard';
import type { Answer } from '../../contract/operations';
import { type Calling, type Deploy, type EpisodesOf, inWorkspace, queryOf } from '../calling';
import { taggedPages } from '../listing';

export function guardCalls({ call, get, put, post, remove, list }: Calling) {
  return {
    /** To be asked before each deployment. */
    getGate: (workspace: string, { model, version }: Deploy = {}) =>
      get<Answer<'getGate'>>(`${inWorkspace(workspace)}/gate${queryOf({ model, version })}`),
    /** All that are refused or soon out of credits; undefined where nothing has changed since the answer of this tag. */
    listGates: ({ tag }: { readonly tag?: string | undefined } = {}) =>
      taggedPages<ListedGate>(tag, (cursor, known) =>
        call({ method: 'GET', path: `/v1/gates${queryOf({ cursor })}`, gives: 'tagged', ...(known && { known }) }),
      ),
    reportRefusedDeploy: (workspace: string, deploy: RefusedDeployEntry) =>
      post<Answer<'reportRefusedDeploy'>>(`${inWorkspace(workspace)}/refused-deploys`, deploy),
    getGuard: (workspace: string) => get<Answer<'getGuard'>>(`${inWorkspace(workspace)}/guard`),
    suspendWorkspace: (workspace: string, suspension: SuspensionEntry) =>
      post<Answer<'suspendWorkspace'>>(`${inWorkspace(workspace)}/suspension`, suspension),
    liftSuspension: (workspace: string) => remove<Answer<'liftSuspension'>>(`${inWorkspace(workspace)}/suspension`),
    pausePastDue: (workspace: string, pause: PastDuePauseEntry) =>
      put<Answer<'pausePastDue'>>(`${inWorkspace(workspace)}/past-due-pause`, pause),
    endPastDuePause: (workspace: string) =>
      remove<Answer<'endPastDuePause'>>(`${inWorkspace(workspace)}/past-due-pause`),
    /** Usage without credits and without a method, the newest first. */
    listEpisodes: (of: EpisodesOf = {}) => list<Episode>('/v1/guard/episodes', of),
    summarizeEpisodes: ({ workspace, from, to }: EpisodesOf = {}) =>
      get<Answer<'summarizeEpisodes'>>(`/v1/guard/episodes/summary${queryOf({ workspace, from, to })}`),
  };
}
