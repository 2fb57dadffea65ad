// Quarantine: reports that nothing can be billed for yet, with the reason. They are replayed once the reason is gone.
import { formatInstant, hourOf } from '../../domain/period';
import { type Phase, phases, type UsageReport } from '../../domain/usage';
import { isChosenBy } from '../connection/chosen';
import type { Db, Trx } from '../connection/knex';
import { numberArray, statement, textArray } from '../connection/statement';
import type { Group } from './quarantine-groups';

export type QuarantineReason = 'unknown_workspace' | 'before_start' | 'no_price' | 'too_old';
export type Quarantined = { readonly report: UsageReport; readonly reason: QuarantineReason };

/** SQL: what the candidate in scope lacks, of the workspace in scope, by when reports of its type can be attributed. */
export const judgedBy = (attributable: string) => `
  case
    when workspaces.id is null then 'unknown_workspace'
    when candidate.from_at < workspaces.starts_at then 'before_start'
    when candidate.from_at < (select from_at from usage_kept) then 'too_old'
    when ${attributable} <= candidate.from_at then null
    else 'no_price'
  end`;

// SQL: the same, found out for each.
const judged = judgedBy(
  '(select since from attributable_since(candidate.instance_type, candidate.workspace_id, workspaces.starts_at))',
);

/** SQL: those of the groups that `groupBindings` lists which lack something, and what. */
export const lackingGroups = `
  select candidate.ordinal::int, ${judged} as reason
  from (
    select workspace_id, instance_type, to_timestamp(from_seconds) as from_at, ordinal
    from unnest(:group_workspaces::text[], :group_types::text[], :group_from::float8[]) with ordinality
      as listed (workspace_id, instance_type, from_seconds, ordinal)
  ) as candidate
  left join workspaces on workspaces.id = candidate.workspace_id
  where ${judged} is not null`;

const judgeGroups = statement<{ ordinal: number; reason: QuarantineReason }>(lackingGroups);

export type Judgement = { readonly accepted: readonly UsageReport[]; readonly quarantined: readonly Quarantined[] };

/**
 * Splits reports into those that can be attributed and those that lack something. Prices begin on the hour, so reports
 * are judged in groups of one workspace, type and hour, each by its earliest report; only where that one lies before the
 * workspace's start can its group differ, and is then judged one by one.
 */
export async function judge(db: Db, reports: readonly UsageReport[]): Promise<Judgement> {
  const groups = await judgedGroups(db, groupByHour(reports));
  const mixed = groups.filter((group) => group.reason === 'before_start').flatMap((group) => group.reports);
  const settled = groups.filter((group) => group.reason !== 'before_start');
  return sorted([
    ...settled,
    ...(await judgedGroups(
      db,
      groupBy(mixed, (report) => report.fromMs),
    )),
  ]);
}

/** Reports that are attributed or lack something together, as far as none of them lies before its workspace's start. */
export function groupByHour(reports: readonly UsageReport[]): readonly UsageReport[][] {
  return groupBy(reports, (report) => hourOf(report.fromMs));
}

type Judged = { readonly reports: readonly UsageReport[]; readonly reason?: QuarantineReason };

function groupBy(reports: readonly UsageReport[], timeOf: (report: UsageReport) => number): readonly UsageReport[][] {
  const groups = new Map<string, UsageReport[]>();
  for (const report of reports) {
    const name = `${report.workspace}\n${report.instanceType}\n${timeOf(report)}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [report]);
    else group.push(report);
  }
  return [...groups.values()];
}

async function judgedGroups(db: Db, groups: readonly UsageReport[][]): Promise<readonly Judged[]> {
  if (groups.length === 0) return [];
  const rows = await judgeGroups(db, groupBindings(groups));
  const reasons = new Map(rows.map((row) => [row.ordinal, row.reason]));
  return groups.map((reports, index) => {
    const reason = reasons.get(index + 1);
    return reason === undefined ? { reports } : { reports, reason };
  });
}

export function groupBindings(groups: readonly UsageReport[][]) {
  const first = groups.map((reports) => reports[0] as UsageReport);
  return {
    group_workspaces: textArray(first.map((report) => report.workspace)),
    group_types: textArray(first.map((report) => report.instanceType)),
    group_from: numberArray(
      groups.map((reports) => reports.reduce((least, { fromMs }) => Math.min(least, fromMs), Infinity) / 1000),
    ),
  };
}

function sorted(groups: readonly Judged[]): Judgement {
  return {
    accepted: groups.flatMap(({ reports, reason }) => (reason === undefined ? reports : [])),
    quarantined: groups.flatMap(({ reports, reason }) =>
      reason === undefined ? [] : reports.map((report) => ({ report, reason })),
    ),
  };
}

const insertQuarantined = statement(`
  insert into usage_quarantine (workspace_id, model, version, replica, instance_type, phase, from_at, to_at, source_id,
    reason, received_at)
  select workspace, model, version, replica, "instanceType", phase, "from", "to", :source_id::int, reason,
    :received::timestamptz
  from jsonb_to_recordset(:reports::jsonb) as listed (workspace text, model text, version text, replica text,
    "instanceType" text, phase int2, "from" timestamptz, "to" timestamptz, reason text)
  on conflict do nothing`);

export async function quarantine(
  trx: Trx,
  reports: readonly Quarantined[],
  { sourceId, received }: { sourceId: number; received: string },
): Promise<void> {
  if (reports.length === 0) return;
  const listed = reports.map(({ report: { fromMs, toMs, phase, ...facts }, reason }) => ({
    ...facts,
    reason,
    phase: phases.indexOf(phase),
    from: formatInstant(fromMs),
    to: formatInstant(toMs),
  }));
  await insertQuarantined(trx, { reports: JSON.stringify(listed), source_id: sourceId, received });
}

type MendedRow = {
  quarantine_id: bigint;
  source_id: number;
  workspace_id: string;
  model: string;
  version: string;
  replica: string;
  instance_type: string;
  phase: number;
  from_at: number;
  to_at: number;
};

// The order of groups is that of the list. Of each as many as there is room for.
const selectMended = statement<MendedRow>(`
  select candidate.quarantine_id, source_id, candidate.workspace_id, model, version, replica, candidate.instance_type, phase,
    from_at, to_at
  from unnest(:workspaces::text[], :types::text[]) as listed (id, type) join workspaces using (id)
  cross join lateral (
    select * from usage_quarantine as waiting
    where waiting.workspace_id = listed.id and waiting.instance_type = listed.type
      and waiting.from_at >= attributable_from(listed.type, listed.id, workspaces.starts_at)
    limit :limit::int) as candidate
  where :with_set_aside::bool or not exists (select from set_aside
    where set_aside.shard = workspaces.shard and work = 'replay' and set_aside.workspace_id = workspaces.id)
  limit :limit::int`);

const claim = statement<{ quarantine_id: bigint }>(`
  delete from usage_quarantine where ${isChosenBy(`
    select ctid from usage_quarantine where quarantine_id = any(:ids::int8[]) order by quarantine_id for update`)}
  returning quarantine_id`);

export type Mended = { readonly id: bigint; readonly sourceId: number; readonly report: UsageReport };

const mendedMax = 10_000;

/**
 * What can now be attributed, of these groups: at most 10,000 reports. Those of workspaces that are set aside only where they
 * are wanted, too.
 */
export async function readMended(
  db: Db,
  groups: readonly Group[],
  { withSetAside }: { readonly withSetAside: boolean },
): Promise<readonly Mended[]> {
  const rows = await selectMended(db, {
    workspaces: textArray(groups.map(({ workspace }) => workspace)),
    types: textArray(groups.map(({ instanceType }) => instanceType)),
    with_set_aside: withSetAside,
    limit: mendedMax,
  });
  return rows.map((row) => ({
    id: row.quarantine_id,
    sourceId: row.source_id,
    report: {
      workspace: row.workspace_id,
      model: row.model,
      version: row.version,
      replica: row.replica,
      instanceType: row.instance_type,
      phase: phases[row.phase] as Phase,
      fromMs: row.from_at,
      toMs: row.to_at,
    },
  }));
}

/** Takes these out of quarantine; answers those that nobody else has taken meanwhile. */
export async function takeFromQuarantine(trx: Trx, mended: readonly Mended[]): Promise<ReadonlySet<bigint>> {
  const rows = await claim(trx, { ids: numberArray(mended.map(({ id }) => id)) });
  return new Set(rows.map((row) => row.quarantine_id));
}

const deleteDropped = statement<{ reports: number; first_from: number | null; last_to: number | null }>(`
  with chosen as materialized (
    select candidate.ctid as place
    from usage_quarantine as candidate left join workspaces on workspaces.id = candidate.workspace_id
    where (:workspace::text is null or candidate.workspace_id = :workspace::text)
      and (:type::text is null or candidate.instance_type = :type::text)
      and ${judged} is not null and (:lacks::text is null or ${judged} = :lacks::text)
    limit :limit::int
  ), dropped as (
    delete from usage_quarantine where ${isChosenBy(`
      select ctid from usage_quarantine where ${isChosenBy('select place from chosen')} order by quarantine_id for update`)}
    returning from_at, to_at
  )
  select count(*)::int as reports, min(from_at) as first_from, max(to_at) as last_to from dropped`);

export type Dropped = { readonly reports: number; readonly fromMs: number | null; readonly toMs: number | null };

/** Takes out what still lacks something, at most `limit` reports: it is billed by nobody. */
export async function dropFromQuarantine(
  trx: Trx,
  which: {
    readonly workspace: string | null;
    readonly instanceType: string | null;
    readonly lacks: QuarantineReason | null;
    readonly limit: number;
  },
): Promise<Dropped> {
  const { workspace, instanceType, lacks, limit } = which;
  const [row] = await deleteDropped(trx, { workspace, type: instanceType, lacks, limit });
  return { reports: row?.reports ?? 0, fromMs: row?.first_from ?? null, toMs: row?.last_to ?? null };
}
