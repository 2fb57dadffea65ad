// The replicas behind a line of a bill: their minutes hour by hour, as the roll-up counts them.
import { hourOf } from '../../domain/period';
import { hourSeconds, isWithin } from '../connection/instants';
import type { Db } from '../connection/knex';
import { numberArray, statement } from '../connection/statement';
import { minutesOf } from './minutes';
import { type LineFilter, lineBindings, usedOfLine } from './series';

/** One replica in one hour; masks as in domain/minutes, `phases` in the order of domain/usage, without what is void. */
export type ReplicaHour = {
  readonly hour: number;
  readonly replicaId: bigint;
  readonly version: string;
  readonly instanceType: string;
  readonly replica: string;
  readonly billable: bigint;
  readonly voided: bigint;
  readonly phases: readonly bigint[];
};

// What a page reads past of other lines' replicas, in a workspace that runs thousands at once.
const readAtOnceMax = 20_000;

// The hours of a page: those with usage of the line, until they hold as many replicas as a page, or the workspace's hours as
// many as one call may read. That many minutes over sixty are the fewest replicas that an hour can have.
const selectHours = statement<{ hours: number[] | null; more: boolean }>(`
  with used as (
    select hour, sum(deploying_minutes + scaling_up_minutes + serving_minutes + scaling_down_minutes + idle_minutes
      + void_minutes) as minutes
    from (${usedOfLine}) as used group by hour
  ), summed as (
    select used.hour, row_number() over by_hour as nth, sum(1 + used.minutes / 60) over by_hour as wanted,
      sum(1 + coalesce(totals.replica_minutes, 0) / 60) over by_hour as read
    from used left join hour_totals as totals on totals.workspace_id = :workspace and totals.hour = used.hour
      and ${isWithin('totals.hour')}
    window by_hour as (order by used.hour)
  ), listed as (select *, nth = 1 or wanted <= :limit::int8 and read <= ${readAtOnceMax} as is_of_page from summed)
  select array_agg(extract(epoch from hour)::float8 order by hour) filter (where is_of_page) as hours,
    coalesce(bool_or(not is_of_page), false) as more
  from listed`);

type Row = {
  hour: number;
  replica_id: bigint;
  version: string;
  instance_type: string;
  replica: string;
  billable: bigint;
  void: bigint;
  deploying: bigint;
  scaling_up: bigint;
  serving: bigint;
  scaling_down: bigint;
  idle: bigint;
};

const selectReplicas = statement<Row>(`
  with asked as (
    select :workspace::text as workspace_id, to_timestamp(second) as hour from unnest(:hours::float8[]) as asked (second)
  ), ${minutesOf('asked')}, listed as (
    select * from replica_minutes
    where model = :model and (:version::text is null or version = :version)
      and (:instance_type::text is null or instance_type = :instance_type)
      and (hour, replica_id) > (to_timestamp(:after_hour::float8), :after_replica::int8)
    order by hour, replica_id limit :limit
  )
  select hour, replica_id, listed.version, listed.instance_type, replicas.replica, billable, void,
    deploying & ~void as deploying, scaling_up & ~void as scaling_up, serving & ~void as serving,
    scaling_down & ~void as scaling_down, idle & ~void as idle
  from listed join replicas using (workspace_id, replica_id)
  order by hour, replica_id`);

export type ReplicaPage = {
  readonly items: readonly ReplicaHour[];
  /** The last that was read, where there is a next page. */
  readonly next?: { readonly hour: number; readonly replicaId: bigint };
};

/** From `fromHour` to before `toHour`, after the replica and hour of the page before. */
export async function readReplicaHours(
  db: Db,
  asked: {
    readonly workspace: string;
    readonly line: LineFilter;
    readonly fromHour: number;
    readonly toHour: number;
    readonly after?: { readonly hour: number; readonly replicaId: bigint } | undefined;
    readonly limit: number;
  },
): Promise<ReplicaPage> {
  const { workspace, line, limit, after = { hour: asked.fromHour, replicaId: -1n } } = asked;
  const of = { workspace, ...lineBindings(line) };
  const range = { from: hourSeconds(Math.max(asked.fromHour, after.hour)), until: hourSeconds(asked.toHour) };
  const [page] = await selectHours(db, { ...of, ...range, limit });
  if (page === undefined || page.hours === null) return { items: [] };
  const from = { after_hour: hourSeconds(after.hour), after_replica: after.replicaId };
  const hours = numberArray(page.hours);
  const rows = await selectReplicas(db, { ...of, ...range, ...from, hours, limit: limit + 1 });
  const items = rows.slice(0, limit).map(replicaHourOf);
  const last = items.at(-1);
  if (rows.length > limit && last !== undefined) return { items, next: last };
  // All of the page's hours were read: on with the hour after them.
  const lastHour = hourOf((page.hours.at(-1) ?? 0) * 1000);
  return page.more ? { items, next: { hour: lastHour + 1, replicaId: 0n } } : { items };
}

function replicaHourOf(row: Row): ReplicaHour {
  return {
    hour: hourOf(row.hour),
    replicaId: row.replica_id,
    version: row.version,
    instanceType: row.instance_type,
    replica: row.replica,
    billable: row.billable,
    voided: row.void,
    phases: [row.deploying, row.scaling_up, row.serving, row.scaling_down, row.idle],
  };
}
