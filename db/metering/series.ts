// The hourly series of a workspace's usage, a page of whole hours at a time.
import { type Nanos, nanos } from '../../domain/money';
import { hourOf } from '../../domain/period';
import { hourSeconds } from '../connection/instants';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import type { UsageFigures } from './figures';

export type UsageOfHour = Omit<UsageFigures, 'voidMinutes'> & { readonly hour: number; readonly activeMinutes: number };

// All of an hour's minutes may be void.
const isUsed = `
  (void_minutes = 0 or deploying_minutes + scaling_up_minutes + serving_minutes + scaling_down_minutes + idle_minutes > 0)`;

// As many whole hours as stay within the rows wanted, but at least one.
const selectPageEnd = statement<{ last: number | null; more: boolean }>(`
  with counted as (
    select hour, count(*) as rows from usage_hours
    where workspace_id = :workspace and hour >= to_timestamp(:from::float8) and hour < to_timestamp(:until::float8)
      and ${isUsed}
    group by hour
  ), summed as (
    select hour, sum(rows) over (order by hour) as rows_so_far, row_number() over (order by hour) as nth from counted
  )
  select max(hour) filter (where rows_so_far <= :rows or nth = 1) as last,
    coalesce(bool_or(rows_so_far > :rows and nth > 1), false) as more
  from summed`);

type HourRow = {
  hour: number;
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  replica_minutes: number;
  active_minutes: number;
  list_nanos: bigint;
  deploying_minutes: number;
  scaling_up_minutes: number;
  serving_minutes: number;
  scaling_down_minutes: number;
  idle_minutes: number;
};

const selectHours = statement<HourRow>(`
  select hour, model, version, instance_type, price_nanos, replica_minutes,
    bit_count(active_mask::bit(64))::int4 as active_minutes, list_nanos, deploying_minutes, scaling_up_minutes,
    serving_minutes, scaling_down_minutes, idle_minutes
  from usage_hours
  where workspace_id = :workspace and hour >= to_timestamp(:from::float8) and hour <= to_timestamp(:last::float8)
    and ${isUsed}
  order by hour, model, version, instance_type`);

/** Usage from `fromHour` to before `toHour`. `nextHour` is where the next page begins, where there is one. */
export async function readUsageHours(
  db: Db,
  { workspace, fromHour, toHour, rows }: { workspace: string; fromHour: number; toHour: number; rows: number },
): Promise<{ readonly usage: readonly UsageOfHour[]; readonly nextHour?: number }> {
  const from = hourSeconds(fromHour);
  const [end] = await selectPageEnd(db, { workspace, from, until: hourSeconds(toHour), rows });
  if (end === undefined || end.last === null) return { usage: [] };
  const found = await selectHours(db, { workspace, from, last: end.last / 1000 });
  const usage = found.map((row) => ({
    hour: hourOf(row.hour),
    model: row.model,
    version: row.version,
    instanceType: row.instance_type,
    priceNanos: nanos(row.price_nanos) as Nanos,
    replicaMinutes: row.replica_minutes,
    activeMinutes: row.active_minutes,
    listNanos: nanos(row.list_nanos) as Nanos,
    phases: [
      row.deploying_minutes,
      row.scaling_up_minutes,
      row.serving_minutes,
      row.scaling_down_minutes,
      row.idle_minutes,
    ],
  }));
  return end.more ? { usage, nextHour: hourOf(end.last) + 1 } : { usage };
}
