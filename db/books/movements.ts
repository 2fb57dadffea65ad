// What was posted to each account in each month, of one workspace or of all.
import type { Account } from '../../domain/ledger';
import type { Month } from '../../domain/period';
import type { Movement } from '../../domain/trial-balance';
import type { Db } from '../connection/knex';
import { statement } from '../connection/statement';

/** SQL: of one workspace (`:workspace`), or of all where that is null. */
export const ofWorkspace = '(:workspace::text is null or workspace_id = :workspace)';

type Row = { month: Month; account: Account; debits: string; credits: string };

// Summed as numeric: all workspaces together may leave 64 bits. The month is named after grouping, once a month.
const selectMovements = statement<Row>(`
  select to_char(month at time zone 'UTC', 'YYYY-MM') as month, account, debits::text, credits::text
  from (
    select date_trunc('month', posted_at, 'UTC') as month, account,
      coalesce(sum(amount_nanos) filter (where amount_nanos > 0), 0) as debits,
      -coalesce(sum(amount_nanos) filter (where amount_nanos < 0), 0) as credits
    from ledger_entries where ${ofWorkspace}
    group by 1, 2
  ) as monthly
  order by month, account`);

/** Debits and credits by month and account, months ascending; those without any are left out. */
export async function readMovements(db: Db, workspace: string | null): Promise<readonly Movement[]> {
  const rows = await selectMovements(db, { workspace });
  return rows.map(({ month, account, debits, credits }) => ({
    month,
    account,
    debitsNanos: BigInt(debits),
    creditsNanos: BigInt(credits),
  }));
}
