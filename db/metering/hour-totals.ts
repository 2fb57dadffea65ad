// What a workspace used hour by hour, over all of its models.
import type { HourTotal } from '../../domain/bill';
import { nanos } from '../../domain/money';
import { hourNumber, hourSeconds } from '../connection/instants';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

// Two lists in text: the driver makes an object of every row.
const selectTotals = statement<{ hours: string | null; amounts: string | null }>(`
  select string_agg(${hourNumber}::text, ',' order by hour) as hours,
    string_agg(list_nanos::text, ',' order by hour) as amounts
  from hour_totals
  where workspace_id = :workspace and hour >= to_timestamp(:from::float8) and hour < to_timestamp(:until::float8)
    and replica_minutes > 0`);

/** Hours with usage from `fromHour` to before `toHour`, ascending. */
export async function readHourTotals(
  db: Db,
  { workspace, fromHour, toHour }: { workspace: string; fromHour: number; toHour: number },
): Promise<readonly HourTotal[]> {
  const range = { from: hourSeconds(fromHour), until: hourSeconds(toHour) };
  const [row] = await selectTotals(db, { workspace, ...range });
  const amounts = row?.amounts?.split(',') ?? [];
  return (row?.hours?.split(',') ?? []).map((hour, at) => ({
    hour: Number(hour),
    listNanos: nanos(BigInt(amounts[at] ?? 0)),
  }));
}
