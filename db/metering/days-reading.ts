// A month day by day and model by model.
import { type Nanos, nanos } from '../../domain/money';
import type { Month } from '../../domain/period';
import { monthBounds } from '../connection/instants';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';
import { activeOfMonth, markedHours, usageOfMonth } from './daily';

export type ModelDay = {
  /** `2025-01-31`, of UTC. */
  readonly day: string;
  readonly model: string;
  readonly activeMinutes: number;
  readonly replicaMinutes: number;
  readonly listNanos: Nanos;
};

type DayRow = { day: string; model: string; active: number; replica_minutes: number; list_nanos: bigint };

// A model's own row of active minutes is the one without a version.
const selectDays = statement<DayRow>(`
  with ${markedHours}
  select used.day, used.model, coalesce(active.active_minutes, 0) as active, used.replica_minutes, used.list_nanos
  from (
    select day, model, sum(replica_minutes)::float8 as replica_minutes, sum(list_nanos)::int8 as list_nanos
    from (${usageOfMonth}) as used
    group by day, model
    having sum(deploying_minutes + scaling_up_minutes + serving_minutes + scaling_down_minutes + idle_minutes) > 0
  ) as used
  left join (
    select day, model, active_minutes from (${activeOfMonth}) as active where version is null
  ) as active using (day, model)
  order by used.day, used.model`);

/** The days and models with usage, ascending. */
export async function readModelDays(
  db: Db,
  { workspace, month }: { workspace: string; month: Month },
): Promise<readonly ModelDay[]> {
  const rows = await selectDays(db, { workspace, ...monthBounds(month) });
  return rows.map((row) => ({
    day: row.day,
    model: row.model,
    activeMinutes: row.active,
    replicaMinutes: row.replica_minutes,
    listNanos: nanos(row.list_nanos),
  }));
}
