// The running application of credits: what is left of them and how fast it goes, kept for the workspaces just metered.
import type { CreditStanding } from '../../domain/guard/standing';
import { formatInstant, hourStartMs } from '../../domain/period';
import type { Db, Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { notSetAside } from '../metering/set-aside';

const claimable = `
  select shard, workspace_id from dirty_credits
  where shard = :shard and (:workspaces::text[] is null or workspace_id = any(:workspaces::text[]))
    and ${notSetAside('dirty_credits', 'credits')}
  order by workspace_id limit :limit`;

const claim = statement<{ workspace_id: string }>(`
  delete from dirty_credits where (shard, workspace_id) in (${claimable} for update skip locked)
  returning workspace_id`);

// A workspace whose grants are all spent by issued invoices, and whose standing says so, has nothing to apply, unless time
// makes its standing another.
const withCredits = statement<{ workspace_id: string }>(`
  select id as workspace_id from workspaces
  where id = any(:workspaces::text[])
    and (exists (select from credit_grants where workspace_id = id and remaining_nanos > 0)
      or exists (select from credit_standings
        where workspace_id = id and (remaining_nanos > 0 or next_change_at <= :at::timestamptz))
      or exists (select from credit_grants where workspace_id = id)
        and not exists (select from credit_standings where workspace_id = id))
  order by id`);

/**
 * Claims workspaces of a shard whose usage was rolled up (of `workspaces`, or of all that are not set aside), and answers
 * those of them that have or had credits.
 */
export async function claimForCredits(
  trx: Trx,
  {
    shard,
    workspaces,
    limit,
    nowMs,
  }: { shard: number; workspaces: readonly string[] | null; limit: number; nowMs: number },
): Promise<{ claimed: number; workspaces: readonly string[] }> {
  const claimed = await claim(trx, { shard, limit, workspaces: workspaces && textArray(workspaces) });
  if (claimed.length === 0) return { claimed: 0, workspaces: [] };
  const names = textArray(claimed.map((row) => row.workspace_id));
  const rows = await withCredits(trx, { workspaces: names, at: formatInstant(nowMs) });
  return { claimed: claimed.length, workspaces: rows.map((row) => row.workspace_id) };
}

const selectNext = statement<{ workspace_id: string }>(claimable);

/** Whom the next claim would take, in the order of their ids. */
export async function selectClaimable(
  db: Db,
  { shard, limit }: { shard: number; limit: number },
): Promise<readonly string[]> {
  return (await selectNext(db, { shard, limit, workspaces: null })).map((row) => row.workspace_id);
}

const insertDue = statement(`
  insert into dirty_credits (shard, workspace_id)
  select shard, workspace_id from credit_standings
  where shard = :shard and next_change_at <= :at::timestamptz and ${notSetAside('credit_standings', 'credits')}
  order by workspace_id
  on conflict do nothing`);

/** Has those recomputed whose standing becomes another by time alone: a grant began or ended, or nothing burns any more. */
export async function markDue(db: Db, { shard, nowMs }: { shard: number; nowMs: number }): Promise<void> {
  await insertDue(db, { shard, at: formatInstant(nowMs) });
}

const upsert = statement(`
  insert into credit_standings as stored (workspace_id, shard, granted_nanos, remaining_nanos, burn_nanos_per_hour, level,
    used_threshold, applied_at, next_change_at)
  select standing.workspace, workspaces.shard, standing.granted, standing.remaining, standing.burn, standing.level,
    standing.used, :at::timestamptz, standing.changes
  from jsonb_to_recordset(:standings::jsonb) as standing
    (workspace text, granted int8, remaining int8, burn int8, level text, used int, changes timestamptz)
  join workspaces on workspaces.id = standing.workspace
  on conflict (workspace_id) do update set granted_nanos = excluded.granted_nanos,
    remaining_nanos = excluded.remaining_nanos, burn_nanos_per_hour = excluded.burn_nanos_per_hour,
    level = excluded.level, used_threshold = excluded.used_threshold, applied_at = excluded.applied_at,
    next_change_at = excluded.next_change_at`);

export type ComputedStanding = {
  readonly workspace: string;
  readonly standing: CreditStanding;
  /** The hour in which it becomes another by time alone, where it does. */
  readonly changesAtHour: number | null;
};

export async function saveStandings(
  trx: Trx,
  { standings, nowMs }: { standings: readonly ComputedStanding[]; nowMs: number },
): Promise<void> {
  if (standings.length === 0) return;
  const rows = standings.map(({ workspace, standing, changesAtHour }) => ({
    workspace,
    granted: standing.grantedNanos.toString(),
    remaining: standing.remainingNanos.toString(),
    burn: standing.burnNanosPerHour.toString(),
    level: standing.level,
    used: standing.usedThreshold,
    changes: changesAtHour === null ? null : formatInstant(hourStartMs(changesAtHour)),
  }));
  await upsert(trx, { standings: JSON.stringify(rows), at: formatInstant(nowMs) });
}
