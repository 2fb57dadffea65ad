// Billing periods: opened with their workflow, marked while they wait, closed by their invoice.
import type { Delivery } from '../../domain/delivery';
import { formatInstant, type Month, monthEndMs, monthStartMs, nextMonth } from '../../domain/period';
import { timetable } from '../../domain/timetable';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { deliver } from '../outbox';

type Period = { readonly workspace: string; readonly month: Month };

const insertPeriods = statement<Period>(`
  with opened as (
    insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
    select workspace, month, starts_at, ends_at, :at::timestamptz
    from jsonb_to_recordset(:periods::jsonb)
      as listed (workspace text, month text, starts_at timestamptz, ends_at timestamptz)
    order by workspace collate "C", month
    on conflict do nothing returning workspace_id as workspace, month
  )
  select workspace, month from opened order by workspace, month`);

type Opening = { readonly nowMs: number; readonly closeSpreadMs: number };

/** Opens those months of a workspace that are not open yet. Answers the ones that were opened now. */
export async function openPeriods(
  trx: Trx,
  { workspace, months, ...opening }: { workspace: string; months: readonly Month[] } & Opening,
): Promise<readonly Month[]> {
  const opened = await openPeriodsOfMany(trx, { periods: months.map((month) => ({ workspace, month })), ...opening });
  return opened.map(({ month }) => month);
}

/** Opens the periods that are not open yet, each with its workflow. Answers those that were opened now. */
export async function openPeriodsOfMany(
  trx: Trx,
  { periods, nowMs, closeSpreadMs }: { periods: readonly Period[] } & Opening,
): Promise<readonly Period[]> {
  const rows = periods.map(({ workspace, month }) => ({
    workspace,
    month,
    starts_at: formatInstant(monthStartMs(month)),
    ends_at: formatInstant(monthEndMs(month)),
  }));
  const opened = await insertPeriods(trx, { periods: JSON.stringify(rows), at: formatInstant(nowMs) });
  const nameOf = ({ workspace, month }: Period) => `${month} ${workspace}`;
  const listed = new Set(periods.map(nameOf));
  const isNextOpen = ({ workspace, month }: Period) => listed.has(nameOf({ workspace, month: nextMonth(month) }));
  await deliver(
    trx,
    opened.map((period) => startOf(period, { closeSpreadMs, isNextOpen: isNextOpen(period) })),
  );
  return opened;
}

/** What starts the workflow of a period. */
export function startOf(
  period: Period,
  settings: { readonly closeSpreadMs: number; readonly isNextOpen: boolean },
): Delivery {
  return { kind: 'start', type: 'billingPeriod', arguments: timetable(period, settings) };
}

const setWaiting = statement(`
  update billing_periods set status = 'waiting'
  where workspace_id = :workspace and month = :month and status = 'open'`);

export async function markWaiting(trx: Trx, { workspace, month }: { workspace: string; month: Month }): Promise<void> {
  await setWaiting(trx, { workspace, month });
}

const setCloseRequested = statement<{ is_new: boolean }>(`
  update billing_periods set close_requested_at = :at::timestamptz
  where workspace_id = :workspace and month = :month and close_requested_at is null and not is_closed
  returning true as is_new`);

/** Notes that a period is to be closed early. Answers whether that is new: nobody had, and it is not closed. */
export async function requestClose(
  trx: Trx,
  { workspace, month, nowMs }: { workspace: string; month: Month; nowMs: number },
): Promise<boolean> {
  const [row] = await setCloseRequested(trx, { workspace, month, at: formatInstant(nowMs) });
  return row?.is_new ?? false;
}
