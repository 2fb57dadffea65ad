// The hourly series of a workspace's usage, a page of whole hours at a time.
import { type Nanos, nanos } from '../../domain/money';
import { hourOf } from '../../domain/period';
import { hourSeconds, monthHours } from '../connection/instants';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import type { UsageFigures } from './figures';

export type UsageOfHour = Omit<UsageFigures, 'voidMinutes'> & { readonly hour: number; readonly activeMinutes: number };

// All of an hour's minutes may be void.
const isUsed = `
  (void_minutes = 0 or deploying_minutes + scaling_up_minutes + serving_minutes + scaling_down_minutes + idle_minutes > 0)`;

const allUsed = `
  select * from usage_hours
  where workspace_id = :workspace and ${monthHours}
    and ${isUsed}`;

/**
 * SQL: the rows of `:model`, and of `:version` and `:instance_type` where they are not null, from `:from` to before `:until`:
 * a look-up an hour, where the hours of a fleet of a thousand versions would be 744,000 rows to read past.
 */
export const usedOfLine = `
  select used.*
  from generate_series(to_timestamp(:from::float8), to_timestamp(:until::float8) - interval '1 hour', interval '1 hour')
    as listed (at)
  cross join lateral (
    select * from usage_hours
    where workspace_id = :workspace and hour = listed.at and model = :model
      -- So that other months are not opened.
      and ${monthHours}
      and (:version::text is null or version = :version)
      and (:instance_type::text is null or instance_type = :instance_type)
      and ${isUsed}
  ) as used`;

// As many whole hours as stay within the rows wanted, but at least one. Only so many rows are looked at, in the order of their
// key: counting every hour of a month of a thousand versions took 1.2 s a page.
const pageEnd = (used: string) =>
  statement<{ last: number | null; more: boolean }>(`
  with first as (
    select hour from (${used}) as used order by hour limit :rows::int8 + 1
  ), counted as (
    select hour, count(*) as rows, row_number() over (order by hour desc) as nth_last from first group by hour
  ), ended as (
    select sum(rows) > :rows::int8 as is_cut,
      -- Of the last hour of a list that was cut some rows may be missing.
      case when sum(rows) > :rows::int8 then coalesce(max(hour) filter (where nth_last > 1), max(hour)) else max(hour) end
        as last
    from counted
  )
  select last, coalesce(is_cut, false) and exists (select from (${used}) as used where used.hour > last) as more
  from ended`);

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

const rowsOf = (used: string) =>
  statement<HourRow>(`
  select hour, model, version, instance_type, price_nanos, replica_minutes,
    bit_count(active_mask::bit(64))::int4 as active_minutes, list_nanos, deploying_minutes, scaling_up_minutes,
    serving_minutes, scaling_down_minutes, idle_minutes
  from (${used}) as used
  order by hour, model, version, instance_type`);

const all = { selectPageEnd: pageEnd(allUsed), selectRows: rowsOf(allUsed) };
const ofLine = { selectPageEnd: pageEnd(usedOfLine), selectRows: rowsOf(usedOfLine) };

/** One model, or what of it is said further. */
export type LineFilter = {
  readonly model: string;
  readonly version?: string | undefined;
  readonly instanceType?: string | undefined;
};

/** What a filter is bound to. */
export function lineBindings({ model, version, instanceType }: LineFilter) {
  return { model, version: version ?? null, instance_type: instanceType ?? null };
}

/**
 * Usage from `fromHour` to before `toHour`, of one line where it says so. `nextHour` is where the next page begins, where
 * there is one.
 */
export async function readUsageHours(
  db: Db,
  asked: {
    readonly workspace: string;
    readonly fromHour: number;
    readonly toHour: number;
    readonly rows: number;
    readonly line?: LineFilter | undefined;
  },
): Promise<{ readonly usage: readonly UsageOfHour[]; readonly nextHour?: number }> {
  const { workspace, rows, line } = asked;
  const { selectPageEnd, selectRows } = line === undefined ? all : ofLine;
  const from = { workspace, from: hourSeconds(asked.fromHour), ...(line === undefined ? {} : lineBindings(line)) };
  const [end] = await selectPageEnd(db, { ...from, until: hourSeconds(asked.toHour), rows });
  if (end === undefined || end.last === null) return { usage: [] };
  const found = await selectRows(db, { ...from, until: hourSeconds(hourOf(end.last) + 1) });
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
