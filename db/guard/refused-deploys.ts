// Deployments that a platform refused by the gate's word, counted by day.
import type { Refusal } from '../../domain/guard/gate';
import { formatInstant } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type RefusedDeploy = { readonly workspace: string; readonly model: string; readonly version: string | null };

// What is older than three months goes as the workspace's next comes: the key leads straight to it.
const count = statement(`
  with old as (
    delete from refused_deploys
    where workspace_id = :workspace and day < (:at::timestamptz at time zone 'UTC')::date - 90
  )
  insert into refused_deploys as known (workspace_id, day, model, version, reason, first_at, last_at)
  values (:workspace, (:at::timestamptz at time zone 'UTC')::date, :model, :version, :reason, :at::timestamptz,
    :at::timestamptz)
  on conflict (workspace_id, day, model, version) do update
    set times = known.times + 1, reason = excluded.reason, last_at = excluded.last_at`);

/** Counts one more on the day (UTC). */
export async function countRefusedDeploy(
  db: Db,
  { workspace, model, version, reason, nowMs }: RefusedDeploy & { readonly reason: Refusal; readonly nowMs: number },
): Promise<void> {
  await count(db, { workspace, model, version: version ?? '', reason, at: formatInstant(nowMs) });
}
