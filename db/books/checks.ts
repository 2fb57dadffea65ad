// What must hold of the books. Each check selects what breaks it, of one workspace or of all: nothing, where it holds.
import { statement } from '../connection/statement';
import { sources } from './expected';
import { ofWorkspace } from './movements';

/** How many of the rows that break a check are shown. */
export const faultsMax = 20;

/** A row that breaks a check: its columns as text. */
export type Fault = Readonly<Record<string, string>>;

type Check = {
  readonly name: string;
  readonly explain: string;
  /** SQL of one workspace (`:workspace`) or, where that is null, of all: a row for each fault, named by `workspace`. */
  readonly sql: string;
};

const postings: Check = {
  name: 'postings',
  explain: 'every posting sums to zero',
  sql: `
    select workspace_id as workspace, posting, sum(amount_nanos)::text as sum
    from ledger_entries where ${ofWorkspace}
    group by workspace_id, posting having sum(amount_nanos) <> 0`,
};

const invoices: Check = {
  name: 'invoices',
  explain: 'every invoice is posted with its total, credits, discounts and list amount',
  sql: `
    select workspace_id as workspace, id as invoice, receivable::text, credits::text, discounts::text, revenue::text
    from invoice_books where ${ofWorkspace} and (receivable, credits, discounts, revenue)
      is distinct from (receivable_nanos, credits_applied_nanos, discount_nanos, -list_nanos)`,
};

const grants: Check = {
  name: 'grants',
  explain: 'every grant is posted as given, and as expired with what can no longer be drawn of it',
  sql: `
    select workspace_id as workspace, key as grant, fault from grant_books where ${ofWorkspace} and fault is not null`,
};

const expectedOf = ({ rows, amounts }: (typeof sources)[number]): string => `
    select workspace_id, account, sum(nanos) as nanos
    from ${rows} cross join lateral (values
      ${Object.entries(amounts)
        .map(([account, amount]) => `('${account}', (${amount})::numeric)`)
        .join(', ')}
    ) as told (account, nanos)
    where ${ofWorkspace} group by workspace_id, account`;

const balances: Check = {
  name: 'balances',
  explain: 'every account holds what the invoices, grants and other rows that it is about say, and others nothing',
  sql: `
    with posted as (
      select workspace_id, account, sum(amount_nanos) as nanos from ledger_entries where ${ofWorkspace}
      group by workspace_id, account
    ), told as (${sources.map(expectedOf).join(' union all ')}
    ), expected as (
      select workspace_id, account, sum(nanos) as nanos from told group by workspace_id, account
    )
    select workspace_id as workspace, account, coalesce(posted.nanos, 0)::text as posted,
      coalesce(expected.nanos, 0)::text as expected
    from posted full join expected using (workspace_id, account)
    where coalesce(posted.nanos, 0) <> coalesce(expected.nanos, 0)`,
};

/** Each check with what finds the first rows that break it: one more than are shown, where there are more. */
export const checks = [postings, invoices, grants, balances].map(({ name, explain, sql }) => ({
  name,
  explain,
  findFaults: statement<Fault>(`select * from (${sql}) as faults order by workspace limit ${faultsMax + 1}`),
}));
