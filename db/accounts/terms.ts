// A workspace's terms: change points, kept as ranges that cannot overlap.
import { formatInstant, hourOf, hourStartMs } from '../../domain/period';
import { type TermsJson, type TermsPoint, termsAsJson, termsFromJson } from '../../domain/terms';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';

const selectPoints = statement<{ starts: number; terms: TermsJson }>(`
  select lower(valid) as starts, terms from workspace_terms
  where workspace_id = :workspace and (:after::timestamptz is null or lower(valid) > :after::timestamptz)
  order by lower(valid) limit :limit`);

/** The change points of a workspace's terms, ascending: all, or a page of those after an instant (RFC 3339). */
export async function listTerms(
  db: Db,
  workspace: string,
  { after = null, limit = null }: { readonly after?: string | null; readonly limit?: number | null } = {},
): Promise<readonly TermsPoint[]> {
  const rows = await selectPoints(db, { workspace, after, limit });
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

/** Stores a change point: it holds until `untilHour`, that of the next one, or without end. */
export async function storeTermsPoint(
  trx: Trx,
  { workspace, point, untilHour }: { workspace: string; point: TermsPoint; untilHour: number | null },
): Promise<void> {
  const from = formatInstant(hourStartMs(point.fromHour));
  await cutShort(trx, { workspace, from });
  await upsertPoint(trx, {
    workspace,
    from,
    until: untilHour === null ? null : formatInstant(hourStartMs(untilHour)),
    terms: JSON.stringify(termsAsJson(point.terms)),
  });
}
