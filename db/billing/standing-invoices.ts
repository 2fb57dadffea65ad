// Invoices as they stand after all credit notes: what they hold, draw and owe.

import type { HourTotal } from '../../domain/bill';
import type { StandingInvoice } from '../../domain/correction';
import type { Draw, Grant } from '../../domain/credits';
import type { InvoiceStatus } from '../../domain/invoice';
import { cents, nanos } from '../../domain/money';
import { hourOf, type Month } from '../../domain/period';
import { hourNumber } from '../connection/instants';
import type { Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { readNamedGrants } from './account';
import { ofDocument } from './document-key';
import { byInvoice, type LostRow, linesOf } from './lost-usage';

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
    coalesce((select cents from given_up
      where given_up.workspace_id = invoices.workspace_id and given_up.invoice_id = invoices.id), 0)::int8 as given_up_cents,
    array(select part ->> 'month' from jsonb_array_elements(parts) as part) as months,
    bill.list_nanos, bill.volume_discount_nanos, bill.program_discount_nanos, bill.credits_applied_nanos,
    bill.amount_due_nanos, bill.owed_nanos
  from invoices
  join standing_bills as bill on bill.workspace_id = invoices.workspace_id and bill.invoice_id = invoices.id
  where invoices.workspace_id = :workspace and invoices.id = :id`);

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
    ((select coalesce(sum(used.list_nanos), 0) from invoice_usage as used
        join invoices on invoices.workspace_id = used.workspace_id and invoices.id = used.invoice_id
        where used.workspace_id = :workspace and used.month = hourly.month and invoices.number < :number)
      - (select coalesce(sum(used.list_nanos), 0) from credit_note_usage as used
        join credit_notes as notes on notes.workspace_id = used.workspace_id and notes.id = used.note_id
        where used.workspace_id = :workspace and used.month = hourly.month and notes.last_invoice < :number))::int8 as before
  from hourly group by month order by month`);

const selectDraws = statement<{ grant_key: string; hour: number; amount_nanos: bigint }>(`
  select grant_key, hour, amount_nanos from standing_draws
  where workspace_id = :workspace and invoice_id = :id order by grant_key, hour`);

const selectOverrun = statement<LostRow>(`
  with overrun as (select standing_overrun.*, 1 as number from standing_overrun
    where workspace_id = :workspace and invoice_id = :id)
  ${linesOf('overrun')}`);

/** An invoice with all that billing it again starts from. The caller holds the workspace's row. */
export async function readStandingInvoice(
  trx: Trx,
  id: string,
): Promise<StandingInvoice & { readonly number: number }> {
  const [row] = await selectInvoice(trx, { id, ...ofDocument(id) });
  if (row === undefined) throw new Error(`invoices: there is no ${id} to correct`);
  const { workspace_id: workspace, number, month } = row;
  const parts = await selectParts(trx, { id, workspace, number, months: textArray(row.months) });
  const draws = await selectDraws(trx, { id, workspace });
  const overrun = byInvoice(await selectOverrun(trx, { id, workspace })).get(id) ?? [];
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

/** The grants that an invoice draws, however long they are over: those that billing it again may draw. */
export function readDrawnGrants(
  trx: Trx,
  workspace: string,
  { draws }: Pick<StandingInvoice, 'draws'>,
): Promise<readonly Grant[]> {
  return readNamedGrants(trx, { workspace, keys: [...new Set(draws.map(({ grantKey }) => grantKey))] });
}

function hoursOf({ hours, amounts: listed }: { readonly hours: string; readonly amounts: string }): HourTotal[] {
  const nanosOf = listed.split(',');
  return hours.split(',').map((at, index) => ({ hour: Number(at), listNanos: nanos(BigInt(nanosOf[index] ?? 0)) }));
}

function drawOf(row: { readonly grant_key: string; readonly hour: number; readonly amount_nanos: bigint }): Draw {
  return { grantKey: row.grant_key, hour: hourOf(row.hour), amountNanos: nanos(row.amount_nanos) };
}
