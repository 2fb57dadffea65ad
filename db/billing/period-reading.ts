// Billing periods and where each of them stands.
import type { CloseBecause } from '../../domain/closing';
import type { Month } from '../../domain/period';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

export type StoredPeriod = {
  readonly month: Month;
  readonly status: 'open' | 'waiting' | 'invoiced' | 'empty';
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly openedAtMs: number;
  readonly closeRequestedAtMs: number | null;
  readonly closedAtMs: number | null;
  readonly closedBecause: CloseBecause | null;
  readonly invoiceId: string | null;
};

type PeriodRow = {
  month: Month;
  status: StoredPeriod['status'];
  starts_at: number;
  ends_at: number;
  opened_at: number;
  close_requested_at: number | null;
  closed_at: number | null;
  closed_because: CloseBecause | null;
  invoice_id: string | null;
};

const periods = `
  select period.month, period.status, starts_at, ends_at, opened_at, close_requested_at, closed_at,
    period.closed_because, invoices.id as invoice_id
  from billing_periods as period
  left join period_invoices as invoices on invoices.workspace_id = period.workspace_id and invoices.month = period.month
  where period.workspace_id = :workspace`;

const selectPage = statement<PeriodRow>(`${periods} and period.month > :after order by period.month limit :limit`);
const selectPeriod = statement<PeriodRow>(`${periods} and period.month = :month`);

/** A page of a workspace's periods, ascending, after a month; '' before the first. */
export async function listPeriods(
  db: Db,
  of: { readonly workspace: string; readonly after: string; readonly limit: number },
): Promise<readonly StoredPeriod[]> {
  return (await selectPage(db, of)).map(periodOf);
}

export async function readPeriod(
  db: Db,
  { workspace, month }: { workspace: string; month: Month },
): Promise<StoredPeriod | undefined> {
  const [row] = await selectPeriod(db, { workspace, month });
  return row && periodOf(row);
}

function periodOf(row: PeriodRow): StoredPeriod {
  return {
    month: row.month,
    status: row.status,
    startsAtMs: row.starts_at,
    endsAtMs: row.ends_at,
    openedAtMs: row.opened_at,
    closeRequestedAtMs: row.close_requested_at,
    closedAtMs: row.closed_at,
    closedBecause: row.closed_because,
    invoiceId: row.invoice_id,
  };
}
