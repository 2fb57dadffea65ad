// What invoices hold and lose: minutes by line and hour, where they were corrected or the invoice becomes void.
import type { LostUsage } from '../../domain/credit-note-lines';
import { nanos } from '../../domain/money';
import type { Month } from '../../domain/period';
import { hourNumber, hourSeconds, isWithin, monthHours } from '../connection/instants';
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

/** SQL: the minutes of `rows` by invoice and line, a row a line. */
export const linesOf = (rows: string) => `
  select invoice_id, month, model, version, instance_type, price_nanos,
    to_json(array_agg(${hourNumber} order by hour)) as hours, to_json(array_agg(minutes order by hour)) as minutes
  from ${rows} where minutes > 0
  group by invoice_id, number, month, model, version, instance_type, price_nanos
  order by number, month, model, version, instance_type, price_nanos`;

// What invoices hold more than is metered. An invoice knows how many minutes of an hour it holds and not which, so where
// several hold some of the same hour and line the newest loses first: what was reported late, what is least likely paid. Minutes
// inside the guard's episodes, of which there are mostly none, are lost as many as were counted when they were billed and are
// not inside any more, the others are lost outside: each kind by who holds some, so that nobody is asked for what ran in one.
const selectLost = statement<LostRow & { overrun: number[] }>(`
  with held as (
    select standing_usage.*, invoices.number
    from standing_usage
    join invoices on invoices.workspace_id = standing_usage.workspace_id and invoices.id = standing_usage.invoice_id
    where standing_usage.workspace_id = :workspace and standing_usage.month = any(:months::text[])
      and ${monthHours}
  ), counted as (
    select invoice_id, hour, model, version, instance_type, minutes from standing_overrun
    where workspace_id = :workspace and month = any(:months::text[]) and ${monthHours}
  ), ${episodesWithin('exists (select from counted)')}, ${insideEpisodes}, still as (
    select hour, model, version, instance_type, sum(minutes) as minutes from inside group by hour, model, version, instance_type
  ), kinds as (
    select held.*, coalesce(counted.minutes, 0) as inside, held.minutes - coalesce(counted.minutes, 0) as outside
    from held left join counted using (invoice_id, hour, model, version, instance_type)
  ), newer as (
    select kinds.*, sum(inside) over line as all_inside, sum(outside) over line as all_outside,
      coalesce(sum(inside) over before, 0) as newer_inside, coalesce(sum(outside) over before, 0) as newer_outside
    from kinds window line as (partition by hour, model, version, instance_type),
      before as (partition by hour, model, version, instance_type
        order by number desc rows between unbounded preceding and 1 preceding)
  ), losing as (
    select newer.*, of_all,
      least(of_all, all_inside, greatest(0, of_all - all_outside, all_inside - coalesce(still.minutes, 0))) as of_inside
    from newer left join usage_hours as metered on metered.workspace_id = :workspace
      and ${isWithin('metered.hour')}
      and (metered.hour, metered.model, metered.version, metered.instance_type)
        = (newer.hour, newer.model, newer.version, newer.instance_type)
    left join still
      on (still.hour, still.model, still.version, still.instance_type)
        = (newer.hour, newer.model, newer.version, newer.instance_type)
    cross join lateral (
      select greatest(0, all_inside + all_outside - coalesce(metered.replica_minutes, 0)) as of_all
    ) as too_much
  ), parts as (
    select losing.*, least(inside, greatest(0, of_inside - newer_inside))::int as lost_inside,
      least(outside, greatest(0, of_all - of_inside - newer_outside))::int as lost_outside
    from losing
  )
  select invoice_id, month, model, version, instance_type, price_nanos,
    to_json(array_agg(${hourNumber} order by hour)) as hours,
    to_json(array_agg(lost_inside + lost_outside order by hour)) as minutes,
    to_json(array_agg(lost_inside order by hour)) as overrun
  from parts where lost_inside + lost_outside > 0
  group by invoice_id, number, month, model, version, instance_type, price_nanos
  order by number, month, model, version, instance_type, price_nanos`);

type Span = {
  readonly workspace: string;
  readonly months: readonly Month[];
  readonly fromHour: number;
  readonly toHour: number;
};

export type Lost = {
  readonly usage: readonly LostUsage[];
  /** Of that, what was counted as inside the guard's episodes. */
  readonly overrun: readonly LostUsage[];
};

/** What each invoice holds too much of these months and hours, now that they are rolled up: in the order of their issue. */
export async function readLostUsage(
  trx: Trx,
  { workspace, months, fromHour, toHour }: Span,
): Promise<ReadonlyMap<string, Lost>> {
  const bindings = { workspace, months: textArray(months), from: hourSeconds(fromHour), until: hourSeconds(toHour) };
  const rows = await selectLost(trx, bindings);
  const inside = byInvoice(rows.map(insideOf).filter(({ hours }) => hours.length > 0));
  return new Map([...byInvoice(rows)].map(([id, usage]) => [id, { usage, overrun: inside.get(id) ?? [] }]));
}

function insideOf(row: LostRow & { readonly overrun: number[] }): LostRow {
  const isInside = (_: number, at: number) => (row.overrun[at] ?? 0) > 0;
  return { ...row, hours: row.hours.filter(isInside), minutes: row.overrun.filter(isInside) };
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
