// What the books have of a workspace's grants: what expired is posted whenever something changes it.
import { type ExpiryCause, expiryPostings, type PostedExpiry } from '../../domain/ledger';
import { nanos } from '../../domain/money';
import type { Db, Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { type GrantJson, grantsAsJson, grantsFromJson } from './account';
import { postAll } from './ledger';

/**
 * SQL: up to when a workspace's usage is billed, but for late usage: the end of its last closed period, or its closing where
 * that was earlier. The view grant_books says the same.
 */
export const closedThrough = `
  (select max(least(ends_at, closed_at)) from billing_periods
    where billing_periods.workspace_id = workspaces.id and is_closed)`;

/** SQL: what is posted as expired, by grant, as JSON. A handful of entries: one or two a grant that ever expired. */
export const postedExpiryAsJson = `
  (select coalesce(jsonb_object_agg(grant_key, expired::text), '{}') from (
    select grant_key, -sum(amount_nanos) as expired from ledger_entries
    where ledger_entries.workspace_id = workspaces.id and account = 'credits_expired' group by grant_key) as posted)`;

export type PostedExpiryJson = Readonly<Record<string, string>>;

export function postedExpiryFromJson(json: PostedExpiryJson): PostedExpiry {
  return new Map(Object.entries(json).map(([key, amount]) => [key, nanos(BigInt(amount))]));
}

const selectClosedThrough = statement<{ through: number | null }>(`
  select ${closedThrough} as through from workspaces where id = :workspace`);

/** Up to when (epoch milliseconds) a workspace's usage is billed; null before its first period closes. */
export async function readClosedThrough(db: Db, workspace: string): Promise<number | null> {
  const [row] = await selectClosedThrough(db, { workspace });
  return row?.through ?? null;
}

const selectBooks = statement<{ grants: GrantJson[]; posted: PostedExpiryJson; through: number | null }>(`
  select ${grantsAsJson} as grants, ${postedExpiryAsJson} as posted, ${closedThrough} as through
  from workspaces where id = :workspace`);

/**
 * Posts what has expired of a workspace's grants, or is drawn or returned since: once a cause, after whatever changed them,
 * in its transaction, which holds the workspace's row. Closing a period posts its own.
 */
export async function postExpiry(
  trx: Trx,
  { workspace, cause, nowMs }: { workspace: string; cause: ExpiryCause; nowMs: number },
): Promise<void> {
  const [row] = await selectBooks(trx, { workspace });
  if (row === undefined) throw new Error(`books: there is no workspace ${workspace}`);
  const [grants, posted] = [grantsFromJson(row.grants), postedExpiryFromJson(row.posted)];
  const postings = expiryPostings({ grants, posted, closedThroughMs: row.through, cause });
  await postAll(trx, { workspace, postings, nowMs });
}
