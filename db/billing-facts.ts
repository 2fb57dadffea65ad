// What a bill is computed from, read for one workspace: grants, terms, and the hours and lines that nobody has billed yet.
import type { BillPart } from '../domain/bill';
import { type Grant, type GrantKind, validHours } from '../domain/credits';
import type { UsageLine } from '../domain/invoice';
import { nanos, zeroNanos } from '../domain/money';
import { hourOf, hourStartMs, type Month, monthEndMs, monthStartMs } from '../domain/period';
import { type TermsJson, type TermsPoint, termsFromJson } from '../domain/terms';
import type { Db } from './knex';
import { statement } from './statement';

/** A part of a bill, with the lines over the same minutes. */
export type BillablePart = BillPart & { readonly lines: readonly UsageLine[] };

export type GrantJson = {
  readonly key: string;
  readonly kind: GrantKind;
  readonly amount_nanos: string;
  readonly remaining_nanos: string;
  readonly valid_from: number;
  readonly valid_until: number | null;
  readonly priority: number;
};

/** SQL for a workspace's grants as JSON: money as text (JSON numbers would lose digits), instants as epoch seconds. */
export const grantsAsJson = `
  (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'kind', kind, 'amount_nanos', amount_nanos::text,
    'remaining_nanos', remaining_nanos::text, 'valid_from', extract(epoch from valid_from),
    'valid_until', extract(epoch from valid_until), 'priority', priority)), '[]')
  from credit_grants where credit_grants.workspace_id = workspaces.id)`;

/** SQL for a workspace's terms as JSON, ascending. */
export const termsAsJson = `
  (select coalesce(jsonb_agg(jsonb_build_object('from', extract(epoch from lower(valid)), 'terms', terms)
    order by lower(valid)), '[]')
  from workspace_terms where workspace_terms.workspace_id = workspaces.id)`;

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

type AccountRow = { grants: GrantJson[]; terms: TermsPointJson[]; late_months: Month[]; unissued_months: Month[] };

const selectAccount = statement<AccountRow>(`
  select ${grantsAsJson} as grants, ${termsAsJson} as terms,
    array(select month::text from billing_periods where workspace_id = workspaces.id and has_late_usage order by month)
      as late_months,
    array(select month::text from billing_periods where workspace_id = workspaces.id and status in ('open', 'waiting')
      order by month) as unissued_months
  from workspaces where id = :workspace`);

/** Grants, terms and months of one workspace. */
export type BillingAccount = {
  readonly grants: readonly Grant[];
  readonly terms: readonly TermsPoint[];
  /** Closed months with usage that came after closing. */
  readonly lateMonths: readonly Month[];
  /** Months without an invoice yet, ascending. */
  readonly unissuedMonths: readonly Month[];
};

/** Answers undefined where there is no such workspace. */
export async function readBillingAccount(db: Db, workspace: string): Promise<BillingAccount | undefined> {
  const [row] = await selectAccount(db, { workspace });
  if (row === undefined) return undefined;
  return {
    grants: grantsFromJson(row.grants),
    terms: termsPointsFromJson(row.terms),
    lateMonths: row.late_months,
    unissuedMonths: row.unissued_months,
  };
}

// A hundred hours as rows cost more to receive than as two lists in text: the driver makes an object of every row.
type HoursRow = { hours: string | null; amounts: string | null; before: bigint };

type LineRow = {
  model: string;
  version: string;
  instance_type: string;
  price_nanos: bigint;
  replica_minutes: bigint;
  list_nanos: bigint;
};

const listedHours = `
  string_agg((date_part('epoch', hour) / 3600)::int::text, ',' order by hour) as hours,
  string_agg(list_nanos::text, ',' order by hour) as amounts`;

const monthHours = `hour >= to_timestamp(:from::float8) and hour < to_timestamp(:until::float8)`;

const selectOwnHours = statement<HoursRow>(`
  select ${listedHours}, 0::int8 as before
  from hour_totals where workspace_id = :workspace and ${monthHours} and replica_minutes > 0`);

const selectOwnLines = statement<LineRow>(`
  select model, version, instance_type, price_nanos, sum(replica_minutes)::int8 as replica_minutes,
    sum(list_nanos)::int8 as list_nanos
  from usage_days
  where workspace_id = :workspace and replica_minutes > 0 and day >= (to_timestamp(:from::float8) at time zone 'UTC')::date
    and day < (to_timestamp(:until::float8) at time zone 'UTC')::date
  group by model, version, instance_type, price_nanos
  order by model, version, instance_type, price_nanos`);

/**
 * SQL for what is owed of a month: metered minutes less those that invoices hold, by hour and line. The price of an hour
 * that is on an invoice cannot change, so what is owed of it costs what the rest did.
 */
export const owedHours = `
  billed as (
    select model, version, instance_type, to_timestamp(entry.hour * 3600::int8) as hour, sum(entry.minutes) as minutes
    from invoice_usage cross join lateral unnest(hours, minutes) as entry (hour, minutes)
    where workspace_id = :workspace and month = :month
    group by model, version, instance_type, entry.hour
  ), owed as (
    select hour, model, version, instance_type, price_nanos,
      metered.replica_minutes - coalesce(billed.minutes, 0) as replica_minutes,
      ((metered.replica_minutes - coalesce(billed.minutes, 0)) * price_nanos)::int8 as list_nanos
    from usage_hours as metered left join billed using (hour, model, version, instance_type)
    where metered.workspace_id = :workspace and ${monthHours}
      and metered.replica_minutes > coalesce(billed.minutes, 0)
  )`;

const selectOwedHours = statement<HoursRow>(`
  with ${owedHours}, hourly as (select hour, sum(list_nanos)::int8 as list_nanos from owed group by hour)
  select ${listedHours}, (
      select coalesce(sum(list_nanos), 0)::int8 from invoice_usage where workspace_id = :workspace and month = :month
    ) as before
  from hourly`);

const selectOwedLines = statement<LineRow>(`
  with ${owedHours}
  select model, version, instance_type, price_nanos, sum(replica_minutes)::int8 as replica_minutes,
    sum(list_nanos)::int8 as list_nanos
  from owed group by model, version, instance_type, price_nanos
  order by model, version, instance_type, price_nanos`);

/** The first and the last second of a month, as the statements here want them. */
export function monthBounds(month: Month): { from: number; until: number } {
  return { from: monthStartMs(month) / 1000, until: monthEndMs(month) / 1000 };
}

/** A period's own usage, where no invoice holds any of it yet. Lines cost most of it: a bill alone needs none. */
export async function readOwnPart(
  db: Db,
  { workspace, month, withLines = true }: { workspace: string; month: Month; withLines?: boolean },
): Promise<BillablePart> {
  const bindings = { workspace, ...monthBounds(month) };
  const [hours] = await selectOwnHours(db, bindings);
  const lines = withLines ? await selectOwnLines(db, bindings) : [];
  return partOf({ month, late: false }, hours, lines);
}

/** What is owed of a closed month. Its hours are empty where invoices hold all of it. */
export async function readLatePart(
  db: Db,
  { workspace, month }: { workspace: string; month: Month },
): Promise<BillablePart> {
  const bindings = { workspace, month, ...monthBounds(month) };
  const [[hours], lines] = [await selectOwedHours(db, bindings), await selectOwedLines(db, bindings)];
  return partOf({ month, late: true }, hours, lines);
}

function partOf(
  { month, late }: { month: Month; late: boolean },
  row: HoursRow | undefined,
  lines: readonly LineRow[],
): BillablePart {
  const amounts = row?.amounts?.split(',') ?? [];
  return {
    month,
    late,
    listBefore: nanos(row?.before ?? zeroNanos),
    hours: (row?.hours?.split(',') ?? []).map((hour, index) => ({
      hour: Number(hour),
      listNanos: nanos(BigInt(amounts[index] ?? 0)),
    })),
    lines: lines.map((line) => ({
      month,
      late,
      model: line.model,
      version: line.version,
      instanceType: line.instance_type,
      priceNanos: nanos(line.price_nanos),
      replicaMinutes: Number(line.replica_minutes),
      listNanos: nanos(line.list_nanos),
    })),
  };
}

/**
 * The parts of each unissued month's bill up to `through`, in order: the first bears what is owed of closed months.
 * Chained (domain/bill's billChain) they promise no credit twice.
 */
export async function readUnissued(
  db: Db,
  {
    workspace,
    account,
    through,
    withLines = true,
  }: { workspace: string; account: BillingAccount; through: Month; withLines?: boolean },
): Promise<readonly { month: Month; parts: readonly BillablePart[] }[]> {
  const months = account.unissuedMonths.filter((month) => month <= through);
  const chain: { month: Month; parts: BillablePart[] }[] = [];
  for (const month of months) {
    const late = chain.length === 0 ? await readLateParts(db, { workspace, months: account.lateMonths }) : [];
    chain.push({ month, parts: [...late, await readOwnPart(db, { workspace, month, withLines })] });
  }
  return chain;
}

/** What is owed of these closed months, those that owe nothing left out. */
export async function readLateParts(
  db: Db,
  { workspace, months }: { workspace: string; months: readonly Month[] },
): Promise<BillablePart[]> {
  const parts: BillablePart[] = [];
  for (const month of months) {
    const part = await readLatePart(db, { workspace, month });
    if (part.hours.length > 0) parts.push(part);
  }
  return parts;
}

/** Hours since the epoch as an instant that Postgres reads. */
export function hourSeconds(hour: number): number {
  return hourStartMs(hour) / 1000;
}
