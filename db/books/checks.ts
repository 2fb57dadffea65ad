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

// Grouped once and joined: of 1.2 million invoices 14 s of a core, where a look into the ledger for each took 24.
const invoices: Check = {
  name: 'invoices',
  explain: 'every invoice is posted with its total, credits, discounts and list amount, and no other is',
  sql: `
    with posted as (
      select workspace_id, substr(posting, 9) as id, sum(amount_nanos) filter (where account = 'receivable') as receivable,
        sum(amount_nanos) filter (where account = 'credits') as credits,
        sum(amount_nanos) filter (where account = 'discounts') as discounts,
        sum(amount_nanos) filter (where account = 'revenue') as revenue
      from ledger_entries where ${ofWorkspace} and starts_with(posting, 'invoice:') group by workspace_id, posting
    ), issued as (
      select * from invoices where ${ofWorkspace}
    ), found as (
      select workspace_id, id, coalesce(receivable, 0) as receivable, coalesce(credits, 0) as credits,
        coalesce(discounts, 0) as discounts, coalesce(revenue, 0) as revenue,
        coalesce(total_cents * 10000000, 0) as total, coalesce(credits_applied_nanos, 0) as applied,
        coalesce(volume_discount_nanos + program_discount_nanos, 0) as taken_off, coalesce(list_nanos, 0) as list
      from issued full join posted using (workspace_id, id)
    )
    select workspace_id as workspace, id as invoice, receivable::text, credits::text, discounts::text, revenue::text
    from found where (receivable, credits, discounts, revenue) <> (total, applied, taken_off, -list)`,
};

const grants: Check = {
  name: 'grants',
  explain: 'every grant is posted as given, and as expired with what can no longer be drawn of it',
  sql: `
    select workspace_id as workspace, key as grant, fault from grant_books where ${ofWorkspace} and fault is not null`,
};

// Summed before they are told apart by account: a row an account of each invoice would be most of the cost.
const expectedOf = ({ rows, amounts }: (typeof sources)[number]): string => {
  const listed = Object.entries(amounts);
  return `
    select workspace_id, account, nanos
    from (
      select workspace_id, ${listed.map(([account, amount]) => `sum(${amount}) as ${account}`).join(', ')}
      from ${rows} where ${ofWorkspace} group by workspace_id
    ) as summed
    cross join lateral (values ${listed.map(([account]) => `('${account}', ${account})`).join(', ')}) as told (account, nanos)`;
};

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
