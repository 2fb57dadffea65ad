// The running application of credits: what is left of them and how fast it goes, kept for the workspaces just metered.
import type { CreditStanding } from '../../domain/guard';
import { formatInstant } from '../../domain/period';
import type { Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

const claim = statement<{ workspace_id: string }>(`
  delete from dirty_credits where (shard, workspace_id) in (
    select shard, workspace_id from dirty_credits where shard = :shard order by workspace_id limit :limit
    for update skip locked)
  returning workspace_id`);

// A workspace whose grants are all spent by issued invoices, and whose standing says so, has nothing to apply.
const withCredits = statement<{ workspace_id: string }>(`
  select id as workspace_id from workspaces
  where id = any(:workspaces::text[])
    and (exists (select from credit_grants where workspace_id = id and remaining_nanos > 0)
      or exists (select from credit_standings where workspace_id = id and remaining_nanos > 0)
      or exists (select from credit_grants where workspace_id = id)
        and not exists (select from credit_standings where workspace_id = id))
  order by id`);

/** Claims workspaces of a shard whose usage was rolled up, and answers those of them that have or had credits. */
export async function claimForCredits(
  trx: Trx,
  { shard, limit }: { shard: number; limit: number },
): Promise<{ claimed: number; workspaces: readonly string[] }> {
  const claimed = await claim(trx, { shard, limit });
  if (claimed.length === 0) return { claimed: 0, workspaces: [] };
  const rows = await withCredits(trx, { workspaces: textArray(claimed.map((row) => row.workspace_id)) });
  return { claimed: claimed.length, workspaces: rows.map((row) => row.workspace_id) };
}

const upsert = statement(`
  insert into credit_standings as stored (workspace_id, granted_nanos, remaining_nanos, burn_nanos_per_hour, level,
    used_threshold, applied_at)
  select standing.workspace, standing.granted, standing.remaining, standing.burn, standing.level, standing.used,
    :at::timestamptz
  from jsonb_to_recordset(:standings::jsonb) as standing
    (workspace text, granted int8, remaining int8, burn int8, level text, used int)
  on conflict (workspace_id) do update set granted_nanos = excluded.granted_nanos,
    remaining_nanos = excluded.remaining_nanos, burn_nanos_per_hour = excluded.burn_nanos_per_hour,
    level = excluded.level, used_threshold = excluded.used_threshold, applied_at = excluded.applied_at`);

export async function saveStandings(
  trx: Trx,
  { standings, nowMs }: { standings: readonly { workspace: string; standing: CreditStanding }[]; nowMs: number },
): Promise<void> {
  if (standings.length === 0) return;
  const rows = standings.map(({ workspace, standing }) => ({
    workspace,
    granted: standing.grantedNanos.toString(),
    remaining: standing.remainingNanos.toString(),
    burn: standing.burnNanosPerHour.toString(),
    level: standing.level,
    used: standing.usedThreshold,
  }));
  await upsert(trx, { standings: JSON.stringify(rows), at: formatInstant(nowMs) });
}
