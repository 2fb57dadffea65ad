// What the chain of workflows may have lost, as far as Postgres can tell: months that nobody opened, and periods whose
// workflow should have acted and did not. Each is one statement over all workspaces, for once a day.
import { dayMs, formatInstant, hourMs, type Month, monthEndMs, monthOf } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type UnopenedWorkspace = {
  readonly workspace: string;
  /** The last month that was opened; null where none ever was. */
  readonly lastMonth: Month | null;
  readonly startsAtMs: number;
};

// Nearly every workspace has its running month open, which the index of open periods knows; only of the others is the last
// month looked up. For 100,000 workspaces with a year behind them 0.4 s, where the last month of all of them takes 4.
const selectUnopened = statement<{ workspace: string; last_month: Month | null; starts_at: number }>(`
  with candidates as materialized (
    select id, starts_at from workspaces
    where starts_at < :month_ends::timestamptz and not exists (
      select from billing_periods
      where workspace_id = workspaces.id and status = 'open' and ends_at >= :month_ends::timestamptz)
  )
  select id as workspace, starts_at, last_month
  from candidates cross join lateral (
    select max(month::text) as last_month from billing_periods where workspace_id = candidates.id) as opened
  where last_month is null or last_month < :month
  order by id`);

/** The workspaces whose running month was never opened. */
export async function listUnopened(db: Db, { nowMs }: { nowMs: number }): Promise<readonly UnopenedWorkspace[]> {
  const month = monthOf(nowMs);
  const rows = await selectUnopened(db, { month, month_ends: formatInstant(monthEndMs(month)) });
  return rows.map((row) => ({ workspace: row.workspace, lastMonth: row.last_month, startsAtMs: row.starts_at }));
}

export type StuckPeriod = {
  readonly workspace: string;
  readonly month: Month;
  readonly isNextOpen: boolean;
  /** Somebody asked for its early closing. */
  readonly isRequested: boolean;
};

const columns = `
  period.workspace_id as workspace, period.month, period.close_requested_at is not null as requested,
  exists (select from billing_periods as next
    where next.workspace_id = period.workspace_id
      and next.month = to_char(period.ends_at at time zone 'UTC', 'YYYY-MM')) as next_open`;

// Somebody is about to be told already: wait for what comes of it.
const isToldOf = `
  exists (select from outbox where workflow_id = billing_workflow_id(period.workspace_id, period.month))`;

// Open, but its closing was due (by its workflow, or by whoever asked), or the opening of the next month was.
const selectOpen = statement<StuckRow>(`
  with stuck as (
    select ${columns} from billing_periods as period
    where period.status = 'open' and not ${isToldOf}
      and (period.ends_at <= :open_next_by::timestamptz or period.close_requested_at <= :asked_by::timestamptz)
      and (period.ends_at <= :close_by::timestamptz or period.close_requested_at <= :asked_by::timestamptz
        or not exists (select from billing_periods as next
          where next.workspace_id = period.workspace_id
            and next.month = to_char(period.ends_at at time zone 'UTC', 'YYYY-MM')))
  )
  select * from stuck order by workspace, month`);

// Still waiting when the wait for sources that stay behind was over. One that waits for an earlier period has its place here
// as well: what holds both up is the earlier one's workflow, or its own.
const selectWaiting = statement<StuckRow>(`
  with stuck as (
    select ${columns} from billing_periods as period
    join workspaces on workspaces.id = period.workspace_id
    where period.status = 'waiting' and period.ends_at <= :waited_by::timestamptz
      and workspaces.created_at <= :waited_by::timestamptz and not ${isToldOf}
  )
  select * from stuck order by workspace, month`);

type StuckRow = { workspace: string; month: Month; requested: boolean; next_open: boolean };

// A workflow that is late by less is at work, or being tried again.
const patienceMs = hourMs;

/** The periods that are not closed and whose workflow should have done something more than an hour ago. */
export async function listStuck(
  db: Db,
  { nowMs, closeSpreadMs, deadlineMs }: { nowMs: number; closeSpreadMs: number; deadlineMs: number },
): Promise<readonly StuckPeriod[]> {
  const before = (ms: number) => formatInstant(nowMs - patienceMs - ms);
  // The next month is opened a day before the end at the latest: see domain/timetable.ts.
  const open = { open_next_by: before(-dayMs), close_by: before(closeSpreadMs), asked_by: before(0) };
  const rows = [...(await selectOpen(db, open)), ...(await selectWaiting(db, { waited_by: before(deadlineMs) }))];
  return rows.map(({ workspace, month, requested, next_open }) => ({
    workspace,
    month,
    isRequested: requested,
    isNextOpen: next_open,
  }));
}
