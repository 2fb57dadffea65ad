// Invoices as they stand after all credit notes: what they hold, draw and owe, and what a correction makes them lose.
import type { HourTotal } from '../../domain/bill';
import type { StandingInvoice } from '../../domain/correction';
import type { LostUsage } from '../../domain/credit-note-lines';
import type { Draw } from '../../domain/credits';
import type { InvoiceStatus } from '../../domain/invoice';
import { cents, nanos } from '../../domain/money';
import { hourOf, type Month } from '../../domain/period';
import { hourNumber, hourSeconds } from '../connection/instants';
import type { Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { episodesWithin, insideEpisodes } from '../guard/inside';

type LostRow = {
  invoice_id: string;
  month: Month;
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  hours: number[];
  minutes: number[];
};

const linesOf = (rows: string) => `
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

function byInvoice(rows: readonly LostRow[]): ReadonlyMap<string, readonly LostUsage[]> {
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

type InvoiceRow = {
  id: string;
  workspace_id: string;
  month: Month;
  number: number;
  status: InvoiceStatus;
  months: Month[];
  list_nanos: bigint;
  volume_discount_nanos: bigint;
  program_discount_nanos: bigint;
  credits_applied_nanos: bigint;
  amount_due_nanos: bigint;
  owed_nanos: bigint;
  total_cents: bigint;
  credited_cents: bigint;
  remaining_cents: bigint;
  written_off_cents: bigint;
  kept_cents: bigint;
  given_up_cents: bigint;
};

const selectInvoice = statement<InvoiceRow>(`
  select invoices.id, invoices.workspace_id, invoices.month, invoices.number, status, total_cents, credited_cents,
    remaining_cents, written_off_cents, paid_cents - returned_cents - refunded_cents as kept_cents,
    coalesce((select cents from given_up where given_up.invoice_id = invoices.id), 0)::int8 as given_up_cents,
    array(select part ->> 'month' from jsonb_array_elements(parts) as part) as months,
    bill.list_nanos, bill.volume_discount_nanos, bill.program_discount_nanos, bill.credits_applied_nanos,
    bill.amount_due_nanos, bill.owed_nanos
  from invoices join standing_bills as bill on bill.invoice_id = invoices.id
  where invoices.id = :id`);

// L at the issue: what earlier invoices held of the month by then.
const selectParts = statement<{ month: Month; before: bigint; hours: string; amounts: string }>(`
  with hourly as (
    select month, hour, sum(minutes * price_nanos)::int8 as list_nanos
    from standing_usage
    where workspace_id = :workspace and month = any(:months::text[]) and invoice_id = :id
    group by month, hour
  )
  select month, string_agg(${hourNumber}::text, ',' order by hour) as hours,
    string_agg(list_nanos::text, ',' order by hour) as amounts,
    ((select coalesce(sum(used.list_nanos), 0) from invoice_usage as used join invoices on invoices.id = used.invoice_id
        where used.workspace_id = :workspace and used.month = hourly.month and invoices.number < :number)
      - (select coalesce(sum(used.list_nanos), 0) from credit_note_usage as used
        join credit_notes as notes on notes.id = used.note_id
        where used.workspace_id = :workspace and used.month = hourly.month and notes.last_invoice < :number))::int8 as before
  from hourly group by month order by month`);

const selectDraws = statement<{ grant_key: string; hour: number; amount_nanos: bigint }>(`
  select grant_key, hour, amount_nanos from standing_draws where invoice_id = :id order by grant_key, hour`);

const selectOverrun = statement<LostRow>(`
  with overrun as (select standing_overrun.*, 1 as number from standing_overrun where invoice_id = :id)
  ${linesOf('overrun')}`);

/** An invoice with all that billing it again starts from. The caller holds the workspace's row. */
export async function readStandingInvoice(
  trx: Trx,
  id: string,
): Promise<StandingInvoice & { readonly number: number }> {
  const [row] = await selectInvoice(trx, { id });
  if (row === undefined) throw new Error(`invoices: there is no ${id} to correct`);
  const { workspace_id: workspace, number, month } = row;
  const parts = await selectParts(trx, { id, workspace, number, months: textArray(row.months) });
  const draws = await selectDraws(trx, { id });
  const overrun = byInvoice(await selectOverrun(trx, { id })).get(id) ?? [];
  return {
    id,
    number,
    month,
    status: row.status,
    standing: {
      listNanos: nanos(row.list_nanos),
      volumeDiscountNanos: nanos(row.volume_discount_nanos),
      programDiscountNanos: nanos(row.program_discount_nanos),
      creditsAppliedNanos: nanos(row.credits_applied_nanos),
      amountDueNanos: nanos(row.amount_due_nanos),
      owedNanos: nanos(row.owed_nanos),
    },
    parts: parts.map((part) => ({
      month: part.month,
      late: part.month !== month,
      listBefore: nanos(part.before),
      hours: hoursOf(part),
    })),
    draws: draws.map(drawOf),
    overrun,
    balance: {
      totalCents: cents(row.total_cents),
      creditedCents: cents(row.credited_cents),
      remainingCents: cents(row.remaining_cents),
      writtenOffCents: cents(row.written_off_cents),
      keptCents: cents(row.kept_cents),
      givenUpCents: cents(row.given_up_cents),
    },
  };
}

function hoursOf({ hours, amounts: listed }: { readonly hours: string; readonly amounts: string }): HourTotal[] {
  const nanosOf = listed.split(',');
  return hours.split(',').map((at, index) => ({ hour: Number(at), listNanos: nanos(BigInt(nanosOf[index] ?? 0)) }));
}

function drawOf(row: { readonly grant_key: string; readonly hour: number; readonly amount_nanos: bigint }): Draw {
  return { grantKey: row.grant_key, hour: hourOf(row.hour), amountNanos: nanos(row.amount_nanos) };
}
