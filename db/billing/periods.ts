// Billing periods: opened with their workflow, marked while they wait, closed by their invoice.
import { formatInstant, type Month, monthEndMs, monthStartMs, nextMonth } from '../../domain/period';
import { timetable } from '../../domain/timetable';
import type { Trx } from '../connection/knex';
import { statement } from '../connection/statement';
import { deliver } from '../outbox';

const insertPeriods = statement<{ month: Month }>(`
  with opened as (
    insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
    select :workspace, month, starts_at, ends_at, :at::timestamptz
    from jsonb_to_recordset(:periods::jsonb) as listed (month text, starts_at timestamptz, ends_at timestamptz)
    on conflict do nothing returning month
  )
  select month from opened order by month`);

/** Opens the periods that are not open yet, each with its workflow. Answers the months that were opened now. */
export async function openPeriods(
  trx: Trx,
  {
    workspace,
    months,
    nowMs,
    closeSpreadMs,
  }: { workspace: string; months: readonly Month[]; nowMs: number; closeSpreadMs: number },
): Promise<readonly Month[]> {
  const periods = months.map((month) => ({
    month,
    starts_at: formatInstant(monthStartMs(month)),
    ends_at: formatInstant(monthEndMs(month)),
  }));
  const rows = await insertPeriods(trx, { workspace, periods: JSON.stringify(periods), at: formatInstant(nowMs) });
  const opened = rows.map((row) => row.month);
  const isNextOpen = (month: Month) => months.includes(nextMonth(month));
  await deliver(
    trx,
    opened.map((month) => ({
      kind: 'start',
      type: 'billingPeriod',
      arguments: timetable({ workspace, month }, { closeSpreadMs, isNextOpen: isNextOpen(month) }),
    })),
  );
  return opened;
}

const setWaiting = statement(`
  update billing_periods set status = 'waiting'
  where workspace_id = :workspace and month = :month and status = 'open'`);

export async function markWaiting(trx: Trx, { workspace, month }: { workspace: string; month: Month }): Promise<void> {
  await setWaiting(trx, { workspace, month });
}

const setCloseRequested = statement<{ status: string }>(`
  update billing_periods set close_requested_at = coalesce(close_requested_at, :at::timestamptz)
  where workspace_id = :workspace and month = :month
  returning status`);

/** Notes that a period is to be closed early. Answers its status, or undefined where there is no such period. */
export async function requestClose(
  trx: Trx,
  { workspace, month, nowMs }: { workspace: string; month: Month; nowMs: number },
): Promise<string | undefined> {
  const [row] = await setCloseRequested(trx, { workspace, month, at: formatInstant(nowMs) });
  return row?.status;
}
