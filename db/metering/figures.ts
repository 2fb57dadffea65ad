// The figures of the dashboard, day by day: a month of 300 versions is 9,300 daily rows, of the running day up to 24 hourly
// ones instead, and not the 223,000 of the whole month.
import { type Nanos, nanos } from '../../domain/money';
import type { Month } from '../../domain/period';
import { monthBounds } from '../connection/instants';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { activeOfMonth, markedHours, usageOfMonth } from './daily';

/** Minutes of one model, version, instance type and price; `phases` in the order of domain/usage. */
export type UsageFigures = {
  readonly model: string;
  readonly version: string;
  readonly instanceType: string;
  readonly priceNanos: Nanos;
  readonly replicaMinutes: number;
  /** Of any phase; in no other figure. */
  readonly voidMinutes: number;
  readonly listNanos: Nanos;
  readonly phases: readonly number[];
};

type UsageRow = {
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  replica_minutes: number;
  void_minutes: number;
  list_nanos: bigint;
  deploying: number;
  scaling_up: number;
  serving: number;
  scaling_down: number;
  idle: number;
};

const selectUsage = statement<UsageRow>(`
  with ${markedHours}
  select model, version, instance_type, price_nanos, sum(replica_minutes)::float8 as replica_minutes,
    sum(void_minutes)::float8 as void_minutes, sum(list_nanos)::int8 as list_nanos, sum(deploying_minutes)::float8 as deploying,
    sum(scaling_up_minutes)::float8 as scaling_up, sum(serving_minutes)::float8 as serving,
    sum(scaling_down_minutes)::float8 as scaling_down, sum(idle_minutes)::float8 as idle
  from (${usageOfMonth}) as used
  group by model, version, instance_type, price_nanos
  order by model, version, instance_type, price_nanos`);

/** A workspace's usage of a month, in the order model, version, instance type, price. */
export async function readUsage(
  db: Db,
  { workspace, month }: { workspace: string; month: Month },
): Promise<readonly UsageFigures[]> {
  const rows = await selectUsage(db, { workspace, ...monthBounds(month) });
  return rows.map((row) => ({
    model: row.model,
    version: row.version,
    instanceType: row.instance_type,
    priceNanos: nanos(row.price_nanos),
    replicaMinutes: row.replica_minutes,
    voidMinutes: row.void_minutes,
    listNanos: nanos(row.list_nanos),
    phases: [row.deploying, row.scaling_up, row.serving, row.scaling_down, row.idle],
  }));
}

const selectActive = statement<{ model: string; version: string | null; active: number }>(`
  with ${markedHours}
  select model, version, sum(active_minutes)::int4 as active from (${activeOfMonth}) as active group by model, version`);

/** Active minutes in a month of each model (under the version null) and each version. */
export async function readActive(
  db: Db,
  { workspace, month }: { workspace: string; month: Month },
): Promise<readonly { model: string; version: string | null; active: number }[]> {
  return selectActive(db, { workspace, ...monthBounds(month) });
}
