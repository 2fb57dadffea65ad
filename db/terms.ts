// A workspace's terms: change points, kept as ranges that cannot overlap.
import { formatInstant, hourOf, hourStartMs } from '../domain/period';
import type { HourRange } from '../domain/pricing';
import { defaultTerms, sameTerms, type TermsJson, type TermsPoint, termsAsJson, termsFromJson } from '../domain/terms';
import { type Author, audit } from './audit';
import { holdMetering, refuseClosedHours, rollUpAgain } from './closed-hours';
import { recomputeStanding } from './grants';
import type { Db, Trx } from './knex';
import { statement } from './statement';
import { lockWorkspace } from './workspaces';

const selectPoints = statement<{ starts: number; terms: TermsJson }>(`
  select lower(valid) as starts, terms from workspace_terms where workspace_id = :workspace order by lower(valid)`);

/** The change points of a workspace's terms, ascending. */
export async function listTerms(db: Db, workspace: string): Promise<readonly TermsPoint[]> {
  const rows = await selectPoints(db, { workspace });
  return rows.map((row) => ({ fromHour: hourOf(row.starts), terms: termsFromJson(row.terms) }));
}

// The range before the point is cut short, or the one at the point is replaced; the next point, if any, ends it.
const cutShort = statement(`
  update workspace_terms set valid = tstzrange(lower(valid), :from::timestamptz)
  where workspace_id = :workspace and lower(valid) < :from::timestamptz and valid @> :from::timestamptz`);

const upsertPoint = statement(`
  insert into workspace_terms (workspace_id, valid, terms)
  values (:workspace, tstzrange(:from::timestamptz, :until::timestamptz), :terms::jsonb)
  on conflict (workspace_id, lower(valid)) do update set terms = excluded.terms`);

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
    await alter(trx, { workspace, range, rebill: samePhases(inForce, point.terms) ? 'discounts' : 'minutes' });
  }
  const from = formatInstant(hourStartMs(point.fromHour));
  await cutShort(trx, { workspace, from });
  await upsertPoint(trx, {
    workspace,
    from,
    until: next === undefined ? null : formatInstant(hourStartMs(next.fromHour)),
    terms: JSON.stringify(termsAsJson(point.terms)),
  });
  await audit(trx, author, {
    action: 'terms.put',
    workspace,
    before: stored === undefined ? null : { effectiveFrom: from, ...termsAsJson(stored.terms) },
    after: { effectiveFrom: from, ...termsAsJson(point.terms) },
  });
  return true;
}

// Other billable phases make other minutes of the same masks; other discounts only another bill.
async function alter(
  trx: Trx,
  { workspace, range, rebill }: { workspace: string; range: HourRange; rebill: 'discounts' | 'minutes' },
): Promise<void> {
  const from = formatInstant(hourStartMs(range.fromHour));
  await refuseClosedHours(trx, range, { only: workspace }, `terms of ${workspace} from ${from} on`);
  if (rebill === 'minutes') {
    await holdMetering(trx, [workspace]);
    await rollUpAgain(trx, range, { only: workspace }, null);
  }
  await recomputeStanding(trx, workspace);
}

function samePhases(one: TermsPoint['terms'], other: TermsPoint['terms']): boolean {
  return termsAsJson(one).billablePhases.join() === termsAsJson(other).billablePhases.join();
}
