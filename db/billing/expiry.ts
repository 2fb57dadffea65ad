// What the books have of a workspace's grants: what expired is posted whenever something changes it.
import { type ExpiryCause, expiryPostings, type PostedExpiry } from '../../domain/ledger';
import { nanos } from '../../domain/money';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { closedThrough, type GrantJson, grantsAsJson, grantsFromJson, isAlive } from './account';
import { postAll } from './ledger';

/** SQL: what is posted as expired of the grants that may still be drawn or expire (see account.ts), by grant, as JSON. */
export const postedExpiryAsJson = `
  (select coalesce(jsonb_object_agg(grants.key, expired::text) filter (where expired <> 0), '{}')
  from credit_grants as grants cross join lateral (
    select -sum(amount_nanos) as expired from ledger_entries
    where ledger_entries.workspace_id = grants.workspace_id and grant_key = grants.key and account = 'credits_expired'
  ) as posted
  where grants.workspace_id = workspaces.id and grants.valid_until is not null and ${isAlive('grants')})`;

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

// By whatever is named, however long it is over.
const selectBooks = statement<{ grants: GrantJson[]; posted: PostedExpiryJson; through: number | null }>(`
  select ${grantsAsJson('key = any(:keys::text[])')} as grants, (
      select coalesce(jsonb_object_agg(grant_key, expired::text), '{}') from (
        select grant_key, -sum(amount_nanos) as expired from ledger_entries
        where ledger_entries.workspace_id = workspaces.id and account = 'credits_expired'
          and grant_key = any(:keys::text[]) group by grant_key) as posted) as posted,
    ${closedThrough} as through
  from workspaces where id = :workspace`);

/**
 * Posts what has expired of some grants of a workspace, or is drawn or returned since: once a cause, after whatever changed
 * them, in its transaction, which holds the workspace's row. Closing a period posts its own.
 */
export async function postExpiry(
  trx: Trx,
  of: { workspace: string; keys: readonly string[]; cause: ExpiryCause; nowMs: number },
): Promise<void> {
  const { workspace, keys, cause, nowMs } = of;
  const [row] = await selectBooks(trx, { workspace, keys: textArray(keys) });
  if (row === undefined) throw new Error(`books: there is no workspace ${workspace}`);
  const [grants, posted] = [grantsFromJson(row.grants), postedExpiryFromJson(row.posted)];
  const postings = expiryPostings({ grants, posted, closedThroughMs: row.through, cause });
  await postAll(trx, { workspace, postings, nowMs });
}
