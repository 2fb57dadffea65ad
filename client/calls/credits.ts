// Credits, billing periods, and what they will come to.

import type { CreditMovement, GrantEnd, GrantEntry } from '../../contract/credits';
import type { Answer } from '../../contract/operations';
import type { Period } from '../../contract/periods';
import { type Calling, inWorkspace, type OfPeriod, queryOf } from '../calling';

export function creditCalls({ get, post, list }: Calling) {
  return {
    addGrant: (workspace: string, grant: GrantEntry) =>
      post<Answer<'addGrant'>>(`${inWorkspace(workspace)}/grants`, grant),
    /** It pays no hour from `from` on; left out: from now. */
    endGrant: (workspace: string, key: string, end: GrantEnd = {}) =>
      post<Answer<'endGrant'>>(`${inWorkspace(workspace)}/grants/${encodeURIComponent(key)}/end`, end),
    /** All sums, and a page of grants and draws; `cursor` is the `next` of the page before. */
    getCredits: (workspace: string, { cursor }: { readonly cursor?: string } = {}) =>
      get<Answer<'getCredits'>>(`${inWorkspace(workspace)}/credits${queryOf({ cursor })}`),
    /** The statement of credits, the newest first. */
    listCreditMovements: (workspace: string) => list<CreditMovement>(`${inWorkspace(workspace)}/credits/statement`),
    /** What the running month will come to; refused (404) where that cannot be told yet. */
    getForecast: (workspace: string, { period }: OfPeriod = {}) =>
      get<Answer<'getForecast'>>(`${inWorkspace(workspace)}/forecast${queryOf({ period })}`),
    listPeriods: (workspace: string) => list<Period>(`${inWorkspace(workspace)}/periods`),
    /** Answers the period as it stands: its workflow closes it soon after. */
    closePeriod: (workspace: string, { period }: Required<OfPeriod>) =>
      post<Answer<'closePeriod'>>(`${inWorkspace(workspace)}/periods/${encodeURIComponent(period)}/close`),
  };
}
