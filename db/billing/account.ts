// A workspace's account as bills want it: grants with what is left of them, terms, and its unissued and late months.
import { type Grant, type GrantKind, validHours } from '../../domain/credits';
import { type Nanos, nanos } from '../../domain/money';
import { hourOf, type Month } from '../../domain/period';
import { type TermsJson, type TermsPoint, termsFromJson } from '../../domain/terms';
import type { Db } from '../connection/knex';
import { statement, textArray } from '../connection/statement';

export type GrantJson = {
  readonly key: string;
  readonly kind: GrantKind;
  readonly amount_nanos: string;
  readonly remaining_nanos: string;
  readonly valid_from: number;
  readonly valid_until: number | null;
  readonly priority: number;
};

/**
 * SQL: up to when a workspace's usage is billed, but for late usage: the end of its last closed period, or its closing where
 * that was earlier. The view grant_books says the same.
 */
export const closedThrough = `
  (select max(least(ends_at, closed_at)) from billing_periods
    where billing_periods.workspace_id = workspaces.id and is_closed)`;

// Before anything is closed all is unbilled: what was over before the first month, too, expires by its closing.
const unbilledFrom = `
  date_trunc('hour', least(coalesce(${closedThrough}, '-infinity'), (select min(starts_at) from billing_periods
    where billing_periods.workspace_id = workspaces.id and (not is_closed or has_late_usage))), 'UTC')`;

/**
 * SQL: whether a grant may still pay an hour, or expire by a closing to come. One that was over before anything that is not
 * billed yet does neither, whatever is left of it: a workspace with years behind it has hundreds of those.
 */
export const isAlive = (grants: string) => `(${grants}.valid_until is null or ${grants}.valid_until > ${unbilledFrom})`;

/** SQL for some of a workspace's grants as JSON: money as text (JSON numbers would lose digits), instants as epoch seconds. */
export const grantsAsJson = (condition: string) => `
  (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'kind', kind, 'amount_nanos', amount_nanos::text,
    'remaining_nanos', remaining_nanos::text, 'valid_from', extract(epoch from valid_from),
    'valid_until', extract(epoch from valid_until), 'priority', priority)), '[]')
  from credit_grants where credit_grants.workspace_id = workspaces.id and ${condition})`;

/** SQL: the grants that bills and standings go by. Those that are used up without an end count by their sum alone. */
export const aliveGrants = grantsAsJson(
  `${isAlive('credit_grants')} and (remaining_nanos > 0 or valid_until is not null)`,
);

/** SQL for a workspace's terms as JSON, ascending. */
export const termsAsJson = `
  (select coalesce(jsonb_agg(jsonb_build_object('from', extract(epoch from lower(valid)), 'terms', terms)
    order by lower(valid)), '[]')
  from workspace_terms where workspace_terms.workspace_id = workspaces.id)`;

/** SQL: whether an episode of the guard reaches into what nobody has billed yet of a workspace. */
export const hasEpisodes = `
  exists (select from guard_episodes where guard_episodes.workspace_id = workspaces.id
    and (ends_at is null or ends_at > coalesce((select min(unbilled.starts_at) from billing_periods as unbilled
      where unbilled.workspace_id = workspaces.id and (not is_closed or has_late_usage)), '-infinity')))`;

export type TermsPointJson = { readonly from: number; readonly terms: TermsJson };

export function grantsFromJson(rows: readonly GrantJson[]): readonly Grant[] {
  return rows.map((row) => ({
    key: row.key,
    kind: row.kind,
    amountNanos: nanos(BigInt(row.amount_nanos)),
    remainingNanos: nanos(BigInt(row.remaining_nanos)),
    ...validHours({
      validFromMs: row.valid_from * 1000,
      validUntilMs: row.valid_until === null ? null : row.valid_until * 1000,
    }),
    priority: row.priority,
  }));
}

export function termsPointsFromJson(rows: readonly TermsPointJson[]): readonly TermsPoint[] {
  return rows.map((row) => ({ fromHour: hourOf(row.from * 1000), terms: termsFromJson(row.terms) }));
}

type AccountRow = {
  grants: GrantJson[];
  used_up_nanos: bigint;
  grant_count: number;
  terms: TermsPointJson[];
  late_months: Month[];
  unissued_months: Month[];
  last_month: Month | null;
  has_episodes: boolean;
};

const selectAccount = statement<AccountRow>(`
  select ${aliveGrants} as grants, given.used_up_nanos, given.grant_count, ${termsAsJson} as terms,
    array(select month::text from billing_periods where workspace_id = workspaces.id and has_late_usage order by month)
      as late_months,
    array(select month::text from billing_periods where workspace_id = workspaces.id and not is_closed
      order by month) as unissued_months,
    (select max(month)::text from billing_periods where workspace_id = workspaces.id) as last_month,
    ${hasEpisodes} as has_episodes
  from workspaces cross join lateral (
    select count(*)::int as grant_count,
      coalesce(sum(amount_nanos) filter (where remaining_nanos = 0 and valid_until is null), 0)::int8 as used_up_nanos
    from credit_grants where credit_grants.workspace_id = workspaces.id
  ) as given
  where id = :workspace`);

/** Grants, terms and months of one workspace. */
export type BillingAccount = {
  /** Those that may still pay something or expire, and those that are used up and have an end to come. */
  readonly grants: readonly Grant[];
  /** What those that are used up and have no end were together. */
  readonly usedUpNanos: Nanos;
  /** How many there have ever been. */
  readonly grantCount: number;
  readonly terms: readonly TermsPoint[];
  /** Closed months with usage that came after closing. */
  readonly lateMonths: readonly Month[];
  /** Months without an invoice yet, ascending. */
  readonly unissuedMonths: readonly Month[];
  /** The last month that was ever opened. */
  readonly lastMonth: Month | null;
  /** Whether an episode of the guard reaches into what nobody has billed yet. */
  readonly hasEpisodes: boolean;
};

/** Answers undefined where there is no such workspace. */
export async function readBillingAccount(db: Db, workspace: string): Promise<BillingAccount | undefined> {
  const [row] = await selectAccount(db, { workspace });
  if (row === undefined) return undefined;
  return {
    grants: grantsFromJson(row.grants),
    usedUpNanos: nanos(row.used_up_nanos),
    grantCount: row.grant_count,
    terms: termsPointsFromJson(row.terms),
    lateMonths: row.late_months,
    unissuedMonths: row.unissued_months,
    lastMonth: row.last_month,
    hasEpisodes: row.has_episodes,
  };
}

const selectNamed = statement<{ grants: GrantJson[] }>(`
  select ${grantsAsJson('key = any(:keys::text[])')} as grants from workspaces where id = :workspace`);

/** Grants of a workspace by their keys, as those that an invoice draws, however long they are over. */
export async function readNamedGrants(
  db: Db,
  { workspace, keys }: { workspace: string; keys: readonly string[] },
): Promise<readonly Grant[]> {
  if (keys.length === 0) return [];
  const [row] = await selectNamed(db, { workspace, keys: textArray(keys) });
  return grantsFromJson(row?.grants ?? []);
}
