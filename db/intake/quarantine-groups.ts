// Quarantine by groups: what lies there is judged by workspace and instance type, each by its latest report, so that a million
// reports that lack the same cost as much as one.
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

/** A workspace and an instance type of which something lies in quarantine. */
export type Group = { readonly workspace: string; readonly instanceType: string };

/** Before every group. */
export const firstPosition: Group = { workspace: '', instanceType: '' };

/** SQL: the CTE `groups (workspace_id, instance_type)`, in order, after a position; each leads to the next by the index. */
export const groupsAfter = `
  recursive listed as (
    (select workspace_id, instance_type from usage_quarantine
     where (workspace_id, instance_type) > (:after_workspace::text, :after_type::text)
     order by workspace_id, instance_type limit 1)
    union all
    select next.workspace_id, next.instance_type
    from listed cross join lateral (
      select workspace_id, instance_type from usage_quarantine
      where (workspace_id, instance_type) > (listed.workspace_id, listed.instance_type)
      order by workspace_id, instance_type limit 1) as next
  ), groups as materialized (select workspace_id, instance_type from listed limit :groups::int)`;

// SQL: the CTE `types (instance_type)` of one workspace.
const typesOf = (workspace: string) => `
  recursive types as (
    (select instance_type from usage_quarantine where workspace_id = ${workspace} order by instance_type limit 1)
    union all
    select next.instance_type
    from types cross join lateral (
      select instance_type from usage_quarantine
      where workspace_id = ${workspace} and instance_type > types.instance_type
      order by instance_type limit 1) as next
  )`;

// SQL: whether a group holds a report that lacks nothing any more; its workspace is in scope.
const isMended = (instanceType: string) => `
  exists (select from usage_quarantine as latest
    where latest.workspace_id = workspaces.id and latest.instance_type = ${instanceType}
      and latest.from_at >= attributable_from(${instanceType}, workspaces.id, workspaces.starts_at))`;

/** SQL: whether anything of the workspace in scope lies in quarantine although it could now be attributed. */
export const mended = `
  exists (with ${typesOf('workspaces.id')} select from types where ${isMended('types.instance_type')})`;

const selectGroups = statement<{ workspace_id: string; instance_type: string; is_mended: boolean }>(`
  with ${groupsAfter}
  select groups.workspace_id, groups.instance_type,
    workspaces.id is not null and ${isMended('groups.instance_type')} as is_mended
  from groups left join workspaces on workspaces.id = groups.workspace_id
  order by 1, 2`);

/** The next groups after a position, at most `limit`: those that hold something mended, and where to go on, if anywhere. */
export async function lookThrough(
  db: Db,
  { after, limit }: { readonly after: Group; readonly limit: number },
): Promise<{ readonly mended: readonly Group[]; readonly next: Group | undefined }> {
  const rows = await selectGroups(db, {
    after_workspace: after.workspace,
    after_type: after.instanceType,
    groups: limit,
  });
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    mended: rows.filter((row) => row.is_mended).map(groupOf),
    next: last && groupOf(last),
  };
}

const selectTypes = statement<{ workspace_id: string; instance_type: string }>(`
  with ${typesOf(':workspace::text')}
  select workspaces.id as workspace_id, instance_type from types join workspaces on workspaces.id = :workspace::text
  where ${isMended('types.instance_type')}`);

/** The groups of one workspace that hold something mended. */
export async function mendedGroupsOf(db: Db, workspace: string): Promise<readonly Group[]> {
  return (await selectTypes(db, { workspace })).map(groupOf);
}

function groupOf(row: { workspace_id: string; instance_type: string }): Group {
  return { workspace: row.workspace_id, instanceType: row.instance_type };
}

const selectPosition = statement<{ workspace_id: string; instance_type: string }>(`
  select workspace_id, instance_type from quarantine_sweep`);

const updatePosition = statement(`
  update quarantine_sweep set workspace_id = :workspace, instance_type = :type
  where (workspace_id, instance_type) <> (:workspace, :type)`);

/** Up to which group the rounds of metering have looked. */
export async function readPosition(db: Db): Promise<Group> {
  const [row] = await selectPosition(db);
  return row === undefined ? firstPosition : groupOf(row);
}

export async function movePosition(db: Db, { workspace, instanceType }: Group): Promise<void> {
  await updatePosition(db, { workspace, type: instanceType });
}
