// A few hours model by model, out of the hours of their versions.
import { type Nanos, nanos } from '../../domain/money';
import { hourOf } from '../../domain/period';
import { hourSeconds } from '../connection/instants';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type ModelHour = {
  readonly hour: number;
  readonly model: string;
  readonly activeMinutes: number;
  readonly replicaMinutes: number;
  readonly listNanos: Nanos;
};

type HourRow = { hour: number; model: string; active: number; replica_minutes: number; list_nanos: bigint };

// The minutes in which any version ran are those of all masks together.
const selectHours = statement<HourRow>(`
  select hour, model, bit_count(bit_or(active_mask)::bit(64))::int4 as active,
    sum(replica_minutes)::float8 as replica_minutes, sum(list_nanos)::int8 as list_nanos
  from usage_hours
  where workspace_id = :workspace and hour >= to_timestamp(:from::float8) and hour < to_timestamp(:until::float8)
  group by hour, model
  having sum(deploying_minutes + scaling_up_minutes + serving_minutes + scaling_down_minutes + idle_minutes) > 0
  order by hour, model`);

/** The hours and models with usage from `fromHour` to before `toHour`, ascending. */
export async function readModelHours(
  db: Db,
  { workspace, fromHour, toHour }: { readonly workspace: string; readonly fromHour: number; readonly toHour: number },
): Promise<readonly ModelHour[]> {
  const rows = await selectHours(db, { workspace, from: hourSeconds(fromHour), until: hourSeconds(toHour) });
  return rows.map((row) => ({
    hour: hourOf(row.hour),
    model: row.model,
    activeMinutes: row.active,
    replicaMinutes: row.replica_minutes,
    listNanos: nanos(row.list_nanos),
  }));
}
