// Dropping what lies in quarantine and will never be billed, such as usage of before a workspace's start.
import { type Author, audit } from '../db/accounts/audit';
import type { Trx } from '../db/connection/knex';
import { dropFromQuarantine, type QuarantineReason } from '../db/intake/quarantine';
import { formatInstant } from '../domain/period';

/** What is to be dropped: of a workspace, an instance type or both, where it lacks this. */
export type Dropping = {
  readonly workspace?: string;
  readonly instanceType?: string;
  readonly lacks?: QuarantineReason;
  readonly reason: string;
};

const reportsMax = 50_000;

/**
 * Drops reports that still lack something, and says so in the audit log; what lacks nothing any more stays, as it is about
 * to count. Answers how many, and whether there may be more.
 */
export async function dropQuarantined(
  trx: Trx,
  { workspace, instanceType, lacks, reason }: Dropping,
  author: Author,
): Promise<{ readonly dropped: number; readonly isMore: boolean }> {
  const { reports, fromMs, toMs } = await dropFromQuarantine(trx, {
    workspace: workspace ?? null,
    instanceType: instanceType ?? null,
    lacks: lacks ?? null,
    limit: reportsMax,
  });
  if (reports === 0 || fromMs === null || toMs === null) return { dropped: 0, isMore: false };
  const which = { ...(workspace && { workspace }), ...(instanceType && { instanceType }), ...(lacks && { lacks }) };
  await audit(trx, author, {
    action: 'quarantine.dropped',
    workspace: workspace ?? null,
    before: { ...which, reports, from: formatInstant(fromMs), to: formatInstant(toMs) },
    after: { reason },
  });
  return { dropped: reports, isMore: reports === reportsMax };
}
