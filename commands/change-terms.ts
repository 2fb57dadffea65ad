// Changing a workspace's terms from an hour on: refused where that would alter a closed period.

import { type Author, audit } from '../db/accounts/audit';
import { refuseClosedHours } from '../db/accounts/closed-hours';
import { listTerms, storeTermsPoint } from '../db/accounts/terms';
import { lockWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { rollUpAgain } from '../db/metering/dirty-ranges';
import { formatInstant, hourStartMs } from '../domain/period';
import type { HourRange } from '../domain/pricing';
import { defaultTerms, sameTerms, type TermsPoint, termsAsJson } from '../domain/terms';

/**
 * Puts a change point. Throws `invoiced_hours` where it would alter an hour of a closed period, `not_found` where there
 * is no such workspace. Answers whether anything changed.
 */
export async function changeTerms(
  trx: Trx,
  { workspace, point, author }: { workspace: string; point: TermsPoint; author: Author },
): Promise<boolean> {
  await lockWorkspace(trx, workspace);
  const points = await listTerms(trx, workspace);
  const stored = points.find(({ fromHour }) => fromHour === point.fromHour);
  if (stored !== undefined && sameTerms(stored.terms, point.terms)) return false;

  const next = points.find(({ fromHour }) => fromHour > point.fromHour);
  const range = { fromHour: point.fromHour, toHour: next?.fromHour ?? Number.POSITIVE_INFINITY };
  const inForce = points.findLast(({ fromHour }) => fromHour <= point.fromHour)?.terms ?? defaultTerms;
  if (!sameTerms(inForce, point.terms)) {
    await alter(trx, {
      workspace,
      range,
      rebill: samePhases(inForce, point.terms) ? 'discounts' : 'minutes',
      nowMs: author.nowMs,
    });
  }
  await storeTermsPoint(trx, { workspace, point, untilHour: next?.fromHour ?? null });
  const from = formatInstant(hourStartMs(point.fromHour));
  await audit(trx, author, {
    action: 'terms.changed',
    workspace,
    before: stored === undefined ? null : { effectiveFrom: from, ...termsAsJson(stored.terms) },
    after: { effectiveFrom: from, ...termsAsJson(point.terms) },
  });
  return true;
}

// Other billable phases make other minutes of the same masks; other discounts only another bill.
async function alter(
  trx: Trx,
  {
    workspace,
    range,
    rebill,
    nowMs,
  }: { workspace: string; range: HourRange; rebill: 'discounts' | 'minutes'; nowMs: number },
): Promise<void> {
  const from = formatInstant(hourStartMs(range.fromHour));
  await refuseClosedHours(trx, { workspace, range, what: `terms of ${workspace} from ${from} on` });
  if (rebill === 'minutes') await rollUpAgain(trx, [{ instanceType: null, scope: { only: workspace }, range }]);
  await wakeGuards(trx, { workspaces: [workspace], nowMs });
}

function samePhases(one: TermsPoint['terms'], other: TermsPoint['terms']): boolean {
  return termsAsJson(one).billablePhases.join() === termsAsJson(other).billablePhases.join();
}
