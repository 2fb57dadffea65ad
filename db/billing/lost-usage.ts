// What invoices hold and lose: minutes by line and hour, where they were corrected or the invoice becomes void.
import type { LostUsage } from '../../domain/credit-note-lines';
import { nanos } from '../../domain/money';
import type { Month } from '../../domain/period';
import { hourNumber, hourSeconds } from '../connection/instants';
import type { Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { episodesWithin, insideEpisodes } from '../guard/inside';

export type LostRow = {
  invoice_id: string;
  month: Month;
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  hours: number[];
  minutes: number[];
};

/** SQL: the minutes of "rows" by invoice and line, a row a line. */
export const linesOf = (rows: string) => `
  select invoice_id, month, model, version, instance_type, price_nanos,
    to_json(array_agg(${hourNumber} order by hour)) as hours, to_json(array_agg(minutes order by hour)) as minutes
  from ${rows} where minutes > 0
  group by invoice_id, number, month, model, version, instance_type, price_nanos
  order by number, month, model, version, instance_type, price_nanos`;

// What invoices hold more than is metered. An invoice knows how many minutes of an hour it holds and not which, so where
// several hold some of the same hour and line the newest loses first: what was reported late, what is least likely paid.
const lostHours = `
  held as (
    select standing_usage.*, invoices.number
    from standing_usage join invoices on invoices.id = standing_usage.invoice_id
    where standing_usage.workspace_id = :workspace and standing_usage.month = any(:months::text[])
      and hour >= ${hour('from')} and hour < ${hour('until')}
  ), newer as (
    select held.*,
      sum(minutes) over (partition by hour, model, version, instance_type) as of_all,
      coalesce(sum(minutes) over (partition by hour, model, version, instance_type
        order by number desc rows between unbounded preceding and 1 preceding), 0) as of_newer
    from held
  ), lost as (
    select newer.invoice_id, newer.number, newer.month, newer.model, newer.version, newer.instance_type, newer.price_nanos,
      newer.hour, newer.minutes as held, least(minutes, of_all - coalesce(metered.replica_minutes, 0) - of_newer)::int as minutes
    from newer left join usage_hours as metered on metered.workspace_id = :workspace
      and (metered.hour, metered.model, metered.version, metered.instance_type)
        = (newer.hour, newer.model, newer.version, newer.instance_type)
  )`;

const selectLost = statement<LostRow>(`with ${lostHours} ${linesOf('lost')}`);

// What of it lies inside the guard's episodes: as many minutes less as were counted inside when they were billed and are inside
// now, of the newest invoice first as well. Never more than an invoice loses or had counted, never fewer than it must lose so
// that it does not hold less than what is counted of it.
const selectLostOverrun = statement<LostRow>(`
  with ${lostHours}, counted as (
    select invoice_id, hour, model, version, instance_type, minutes from standing_overrun
    where workspace_id = :workspace and month = any(:months::text[]) and hour >= ${hour('from')} and hour < ${hour('until')}
  ), ${episodesWithin('from', 'until', 'exists (select from counted)')}, ${insideEpisodes}, still as (
    select hour, model, version, instance_type, sum(minutes) as minutes from inside group by hour, model, version, instance_type
  ), bounds as (
    select lost.*, counted.minutes as counted, greatest(0, lost.minutes) as losing
    from lost join counted using (invoice_id, hour, model, version, instance_type)
  ), ordered as (
    select bounds.*, sum(counted) over line - coalesce(still.minutes, 0) as of_all,
      coalesce(sum(least(losing, counted)) over (line order by number desc
        rows between unbounded preceding and 1 preceding), 0) as of_newer
    from bounds left join still using (hour, model, version, instance_type)
    window line as (partition by hour, model, version, instance_type)
  ), overrun as (
    select invoice_id, number, month, model, version, instance_type, price_nanos, hour,
      least(losing, counted, greatest(losing - (held - counted), of_all - of_newer))::int as minutes
    from ordered
  ) ${linesOf('overrun')}`);

function hour(name: string): string {
  return `to_timestamp(:${name}::float8)`;
}

type Span = {
  readonly workspace: string;
  readonly months: readonly Month[];
  readonly fromHour: number;
  readonly toHour: number;
};

/** What each invoice holds too much of these months and hours, now that they are rolled up: in the order of their issue. */
export async function readLostUsage(trx: Trx, span: Span): Promise<ReadonlyMap<string, readonly LostUsage[]>> {
  return byInvoice(await selectLost(trx, bindingsOf(span)));
}

/** What of it was counted as inside the guard's episodes when it was billed. */
export async function readLostOverrun(trx: Trx, span: Span): Promise<ReadonlyMap<string, readonly LostUsage[]>> {
  return byInvoice(await selectLostOverrun(trx, bindingsOf(span)));
}

function bindingsOf({ workspace, months, fromHour, toHour }: Span) {
  return { workspace, months: textArray(months), from: hourSeconds(fromHour), until: hourSeconds(toHour) };
}

const selectHeld = statement<LostRow>(`
  with lost as (
    select standing_usage.*, 1 as number from standing_usage
    where workspace_id = :workspace and month = any(:months::text[]) and invoice_id = :invoice
  ) ${linesOf('lost')}`);

/** All that an invoice still holds. */
export async function readHeldUsage(
  trx: Trx,
  of: { readonly workspace: string; readonly invoice: string; readonly months: readonly Month[] },
): Promise<readonly LostUsage[]> {
  const { workspace, invoice, months } = of;
  const held = byInvoice(await selectHeld(trx, { workspace, invoice, months: textArray(months) }));
  return held.get(invoice) ?? [];
}

export function byInvoice(rows: readonly LostRow[]): ReadonlyMap<string, readonly LostUsage[]> {
  const lost = new Map<string, LostUsage[]>();
  for (const row of rows) {
    const lines = lost.get(row.invoice_id) ?? [];
    lines.push({
      month: row.month,
      model: row.model,
      version: row.version,
      instanceType: row.instance_type,
      priceNanos: nanos(row.price_nanos),
      hours: row.hours,
      minutes: row.minutes,
    });
    lost.set(row.invoice_id, lines);
  }
  return lost;
}
