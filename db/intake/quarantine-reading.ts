// What lies in quarantine, counted by workspace and instance type, with what it lacks now.
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { judgedBy, type QuarantineReason } from './quarantine';
import { groupsAfter } from './quarantine-groups';

export type QuarantineCount = {
  readonly workspace: string;
  readonly instanceType: string;
  /** `mended`: it lacks nothing any more and is about to be replayed. */
  readonly reason: QuarantineReason | 'mended';
  readonly reports: number;
  readonly fromMs: number;
  readonly toMs: number;
};

type CountRow = {
  workspace_id: string;
  instance_type: string;
  reason: QuarantineReason | 'mended';
  reports: number;
  first_from: number;
  last_to: number;
};

// A group has up to five of them: as many groups as rows are wanted are enough.
const selectCounts = statement<CountRow>(`
  with ${groupsAfter}
  , looked_at as materialized (
    select listed.*, workspaces.starts_at, workspaces.id,
      attributable_from(listed.instance_type, listed.workspace_id, workspaces.starts_at) as since
    from (
      select :after_workspace::text as workspace_id, :after_type::text as instance_type
      union all select workspace_id, instance_type from groups
    ) as listed left join workspaces on workspaces.id = listed.workspace_id
  )
  select * from (
    select candidate.workspace_id, candidate.instance_type,
      coalesce(${judgedBy('workspaces.since')}, 'mended') collate "C" as reason,
      count(*)::float8 as reports, min(candidate.from_at) as first_from, max(candidate.to_at) as last_to
    from looked_at as workspaces join usage_quarantine as candidate using (workspace_id, instance_type)
    group by 1, 2, 3
  ) as counted
  where (workspace_id, instance_type, reason) > (:after_workspace::text, :after_type::text, :after_reason::text)
  order by workspace_id, instance_type, reason
  limit :groups`);

export async function listQuarantine(
  db: Db,
  { after, limit }: { after: { workspace: string; instanceType: string; reason: string }; limit: number },
): Promise<readonly QuarantineCount[]> {
  const rows = await selectCounts(db, {
    after_workspace: after.workspace,
    after_type: after.instanceType,
    after_reason: after.reason,
    groups: limit,
  });
  return rows.map((row) => ({
    workspace: row.workspace_id,
    instanceType: row.instance_type,
    reason: row.reason,
    reports: row.reports,
    fromMs: row.first_from,
    toMs: row.last_to,
  }));
}
