// Usage: reported, and read as the dashboard, hours and days.

import type { HourOfUsage, UsageHours } from '../../contract/dashboard';
import type { Answer } from '../../contract/operations';
import type { QuarantineDropEntry, Quarantined, QuarantineReplayEntry } from '../../contract/quarantine';
import type { Source } from '../../contract/sources';
import type { UsageBatch } from '../../contract/usage';
import { type Calling, type HourRange, inWorkspace, type OfLine, type OfPeriod, queryOf } from '../calling';
import { wholeOf } from '../listing';

export function usageCalls({ call, get, post, list }: Calling) {
  return {
    /**
     * Committed when it answers. A batch made as text by the caller is sent as it is. The same again changes nothing, so it
     * needs no idempotency key. createBatcher makes batches out of single reports.
     */
    recordUsage: (batch: UsageBatch | string) =>
      call<Answer<'recordUsage'>>({ method: 'POST', path: '/v1/usage', body: batch, isRepeatable: true }),
    getUsage: (workspace: string, { period }: OfPeriod = {}) =>
      get<Answer<'getUsage'>>(`${inWorkspace(workspace)}/usage${queryOf({ period })}`),
    getUsageHours: (workspace: string, { from, to, ...line }: HourRange & Partial<OfLine> = {}) =>
      wholeOf<HourOfUsage, UsageHours>((cursor) =>
        get(`${inWorkspace(workspace)}/usage/hours${queryOf({ from, to, ...line, cursor })}`),
      ),
    getUsageDays: (workspace: string, { period }: OfPeriod = {}) =>
      get<Answer<'getUsageDays'>>(`${inWorkspace(workspace)}/usage/days${queryOf({ period })}`),
    /** A day of UTC, `2025-01-31`. */
    getUsageDay: (workspace: string, day: string) =>
      get<Answer<'getUsageDay'>>(`${inWorkspace(workspace)}/usage/days/${encodeURIComponent(day)}`),
    /** A page of the replicas behind a line, and where it goes on. */
    getUsageReplicas: (workspace: string, asked: HourRange & OfLine & { readonly cursor?: string }) =>
      get<Answer<'getUsageReplicas'>>(`${inWorkspace(workspace)}/usage/replicas${queryOf({ ...asked })}`),
    listQuarantine: () => list<Quarantined>('/v1/quarantine'),
    /** Metering does it by itself, too. Without `replayed` in the answer it goes on. */
    replayQuarantine: (entry: QuarantineReplayEntry = {}) =>
      post<Answer<'replayQuarantine'>>('/v1/quarantine/replay', entry),
    /** At most 50,000 a call: `isMore` says that there are others. */
    dropQuarantined: (entry: QuarantineDropEntry) => post<Answer<'dropQuarantined'>>('/v1/quarantine/drop', entry),
    listSources: () => list<Source>('/v1/sources'),
  };
}
