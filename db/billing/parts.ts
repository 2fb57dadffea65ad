// The parts of a bill, read for one workspace: the hours and lines of a month that nobody has billed yet.
import type { BillPart } from '../../domain/bill';
import type { UsageLine } from '../../domain/invoice';
import { nanos, zeroNanos } from '../../domain/money';
import type { Month } from '../../domain/period';
import { hourAt, hourNumber, monthBounds, monthHours } from '../connection/instants';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { markedHours, usageOfMonth } from '../metering/daily';

/** A part of a bill, with the lines over the same minutes. */
export type BillablePart = BillPart & { readonly lines: readonly UsageLine[] };

// A hundred hours as rows cost more to receive than as two lists in text: the driver makes an object of every row.
type HoursRow = { hours: string | null; amounts: string | null; before: bigint };

type LineRow = {
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  replica_minutes: bigint;
  list_nanos: bigint;
};

const listedHours = `
  string_agg(${hourNumber}::text, ',' order by hour) as hours,
  string_agg(list_nanos::text, ',' order by hour) as amounts`;

const selectOwnHours = statement<HoursRow>(`
  select ${listedHours}, 0::int8 as before
  from hour_totals where workspace_id = :workspace and ${monthHours} and replica_minutes > 0`);

const selectOwnLines = statement<LineRow>(`
  with ${markedHours}
  select model, version, instance_type, price_nanos, sum(replica_minutes)::int8 as replica_minutes,
    sum(list_nanos)::int8 as list_nanos
  from (${usageOfMonth}) as used where replica_minutes > 0
  group by model, version, instance_type, price_nanos
  order by model, version, instance_type, price_nanos`);

// What invoices billed of a month, and what credit notes took off them.
const billedOrNoted = `
  select model, version, instance_type, hours, minutes, list_nanos, 1 as sign
  from invoice_usage where workspace_id = :workspace and month = :month
  union all
  select model, version, instance_type, hours, minutes, list_nanos, -1 as sign
  from credit_note_usage where workspace_id = :workspace and month = :month`;

/**
 * SQL for what is owed of a month: metered minutes less those that invoices hold after all credit notes, by hour and line. The price of an hour
 * that is on an invoice cannot change, so what is owed of it costs what the rest did.
 */
export const owedHours = `
  billed as (
    select model, version, instance_type, ${hourAt('entry.hour')} as hour, sum(sign * entry.minutes) as minutes
    from (${billedOrNoted}) as moved cross join lateral unnest(hours, minutes) as entry (hour, minutes)
    group by model, version, instance_type, entry.hour
  ), owed as (
    select hour, model, version, instance_type, price_nanos,
      metered.replica_minutes - coalesce(billed.minutes, 0) as replica_minutes,
      ((metered.replica_minutes - coalesce(billed.minutes, 0)) * price_nanos)::int8 as list_nanos
    from usage_hours as metered left join billed using (hour, model, version, instance_type)
    where metered.workspace_id = :workspace and ${monthHours}
      and metered.replica_minutes > coalesce(billed.minutes, 0)
  )`;

const selectOwedHours = statement<HoursRow>(`
  with ${owedHours}, hourly as (select hour, sum(list_nanos)::int8 as list_nanos from owed group by hour)
  select ${listedHours}, (
      select coalesce(sum(sign * list_nanos), 0)::int8 from (${billedOrNoted}) as moved
    ) as before
  from hourly`);

const selectOwedLines = statement<LineRow>(`
  with ${owedHours}
  select model, version, instance_type, price_nanos, sum(replica_minutes)::int8 as replica_minutes,
    sum(list_nanos)::int8 as list_nanos
  from owed group by model, version, instance_type, price_nanos
  order by model, version, instance_type, price_nanos`);

/** A period's own usage, where no invoice holds any of it yet. Lines cost most of it: a bill alone needs none. */
export async function readOwnPart(
  trx: Trx,
  { workspace, month, withLines = true }: { workspace: string; month: Month; withLines?: boolean },
): Promise<BillablePart> {
  const bindings = { workspace, ...monthBounds(month) };
  const [[hours], lines] = await Promise.all([
    selectOwnHours(trx, bindings),
    withLines ? selectOwnLines(trx, bindings) : [],
  ]);
  return partOf({ month, late: false }, hours, lines);
}

/** What is owed of a closed month. Its hours are empty where invoices hold all of it. */
export async function readLatePart(
  trx: Trx,
  { workspace, month, withLines = true }: { workspace: string; month: Month; withLines?: boolean },
): Promise<BillablePart> {
  const bindings = { workspace, month, ...monthBounds(month) };
  const [[hours], lines] = await Promise.all([
    selectOwedHours(trx, bindings),
    withLines ? selectOwedLines(trx, bindings) : [],
  ]);
  return partOf({ month, late: true }, hours, lines);
}

function partOf(
  { month, late }: { month: Month; late: boolean },
  row: HoursRow | undefined,
  lines: readonly LineRow[],
): BillablePart {
  const amounts = row?.amounts?.split(',') ?? [];
  return {
    month,
    late,
    listBefore: nanos(row?.before ?? zeroNanos),
    hours: (row?.hours?.split(',') ?? []).map((hour, index) => ({
      hour: Number(hour),
      listNanos: nanos(BigInt(amounts[index] ?? 0)),
    })),
    lines: lines.map((line) => ({
      month,
      late,
      model: line.model,
      version: line.version,
      instanceType: line.instance_type,
      priceNanos: nanos(line.price_nanos),
      replicaMinutes: Number(line.replica_minutes),
      listNanos: nanos(line.list_nanos),
    })),
  };
}

/** What is owed of these closed months, those that owe nothing left out. */
export async function readLateParts(
  trx: Trx,
  { months, ...of }: { workspace: string; months: readonly Month[]; withLines?: boolean },
): Promise<BillablePart[]> {
  const parts = await Promise.all(months.map((month) => readLatePart(trx, { ...of, month })));
  return parts.filter(({ hours }) => hours.length > 0);
}
