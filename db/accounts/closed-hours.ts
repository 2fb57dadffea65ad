// What a change of prices or terms touches: hours of closed periods (terms) or of which invoices hold minutes (prices), which
// must not change, and hours to roll up anew.
import { MinutebookError } from '../../domain/errors';
import { formatInstant, hourOf, hourStartMs, type Month, monthOf } from '../../domain/period';
import type { HourRange } from '../../domain/pricing';
import type { Trx } from '../connection/knex';
import { statement, textArray } from '../connection/statement';
import { lockShards } from '../locks';
import { everyShard } from '../metering/shards';

/** Whom a change is about: one workspace, or all but these. */
export type Scope = { readonly only: string } | { readonly allBut: readonly string[] };

const selectShards = statement<{ shard: number }>(`
  select distinct shard from workspaces where id = any(:workspaces::text[]) order by shard`);

/**
 * Holds the metering of these workspaces, and the issuing of their invoices, until the transaction ends: no invoice can
 * slip in between the check below and the change, and no hour is rolled up at what no longer holds.
 */
export async function holdMetering(trx: Trx, workspaces: readonly string[] | 'all'): Promise<void> {
  if (workspaces === 'all') {
    await lockShards(trx, everyShard);
    return;
  }
  const rows = await selectShards(trx, { workspaces: textArray(workspaces) });
  await lockShards(
    trx,
    rows.map((row) => row.shard),
  );
}

/** Hours of an instance type that get another price. */
export type Alteration = { readonly instanceType: string; readonly scope: Scope; readonly range: HourRange };

const notedOf = `
  credit_note_usage as noted
  where (noted.workspace_id, noted.month, noted.model, noted.version, noted.instance_type, noted.price_nanos)
    = (invoice_usage.workspace_id, invoice_usage.month, invoice_usage.model, invoice_usage.version,
      invoice_usage.instance_type, invoice_usage.price_nanos)`;

// Less what credit notes took off: a void invoice may be billed anew at the right price. Hours are compared one by one only
// where there is such a note.
const heldHours = `
    select invoice_usage.workspace_id, month, hour
    from invoice_usage cross join lateral (
      select case when exists (select from ${notedOf}) then (
        select min(entry.hour) from unnest(hours, minutes) as entry (hour, minutes)
        where entry.hour >= altered.from_hour and entry.hour < altered.until_hour and entry.minutes > (
          select coalesce(sum(taken.minutes), 0)
          from credit_notes join (select * from ${notedOf}) as noted on noted.note_id = credit_notes.id
          cross join lateral unnest(noted.hours, noted.minutes) as taken (hour, minutes)
          where credit_notes.invoice_id = invoice_usage.invoice_id and taken.hour = entry.hour)
      ) else (
        select min(entry) from unnest(hours) as entry where entry >= altered.from_hour and entry < altered.until_hour
      ) end as hour
    ) as first
    where invoice_usage.instance_type = altered.type
      and month >= altered.from_month and month <= altered.until_month and hour is not null`;

// One statement for all alterations, by the index of type, month and workspace; of what is about everybody the newest month
// first. With 30,000 rows of 300 hours: 61 ms for 2,000 contracts, 126 ms for everybody's price where nobody is found who
// holds it. As one condition with an `or` the contracts took 6.7 s: each looked at the whole month.
const selectInvoiced = statement<{ ordinal: number; workspace_id: string; month: Month; hour: number }>(`
  select altered.ordinal::int, held.workspace_id, held.month, held.hour
  from jsonb_to_recordset(:alterations::jsonb) as altered
    (ordinal int, type text, only_one text, all_but text[], from_hour int, until_hour int, from_month text, until_month text)
  cross join lateral (
    (${heldHours} and invoice_usage.workspace_id = altered.only_one limit 1)
    union all
    (${heldHours} and altered.only_one is null and invoice_usage.workspace_id <> all(altered.all_but)
      order by month desc limit 1)
  ) as held
  order by altered.ordinal limit 1`);

/** An hour of which an invoice holds minutes that one of the alterations would price anew; undefined where there is none. */
export async function readInvoicedHour(
  trx: Trx,
  alterations: readonly Alteration[],
): Promise<
  | { readonly alteration: Alteration; readonly workspace: string; readonly month: Month; readonly hour: number }
  | undefined
> {
  if (alterations.length === 0) return undefined;
  const listed = alterations.map(({ instanceType, scope, range }, ordinal) => {
    const untilHour = Math.min(range.toHour, lastHour);
    return {
      ordinal,
      type: instanceType,
      only_one: 'only' in scope ? scope.only : null,
      all_but: 'only' in scope ? [] : scope.allBut,
      from_hour: range.fromHour,
      until_hour: untilHour,
      from_month: monthOf(hourStartMs(range.fromHour)),
      until_month: monthOf(hourStartMs(untilHour - 1)),
    };
  });
  const [row] = await selectInvoiced(trx, { alterations: JSON.stringify(listed) });
  const alteration = row && alterations[row.ordinal];
  if (row === undefined || alteration === undefined) return undefined;
  return { alteration, workspace: row.workspace_id, month: row.month, hour: row.hour };
}

// The last hour of the year 9999.
const lastHour = hourOf(Date.UTC(9999, 11, 31, 23));

const scoped = `(:only::text is null or target.workspace_id = :only) and target.workspace_id <> all(:all_but::text[])`;

const selectClosed = statement<{ workspace_id: string; month: Month; starts_at: number }>(`
  select workspace_id, month, starts_at from billing_periods as target
  where is_closed and starts_at < :until::timestamptz
    -- Closed early, it holds hours up to then, and what was reported ahead: five minutes at the most.
    and least(ends_at, date_trunc('hour', closed_at + interval '5 minutes') + interval '1 hour') > :from::timestamptz
    and ${scoped}
  order by month desc, workspace_id limit 1`);

const markDirty = statement(`
  insert into dirty_hours (shard, workspace_id, hour)
  select distinct workspaces.shard, target.workspace_id, target.hour
  from workspaces join usage_hours as target on target.workspace_id = workspaces.id
  where target.hour >= :from::timestamptz and target.hour < :until::timestamptz
    and (:type::text is null or target.instance_type = :type) and ${scoped}
  order by 1, 2, 3
  on conflict do nothing`);

/** Throws `invoiced_hours` where the range reaches into a closed period of the scope. `what` begins the message. */
export async function refuseClosedHours(trx: Trx, range: HourRange, scope: Scope, what: string): Promise<void> {
  const [closed] = await selectClosed(trx, { ...bindings(range), ...scopeBindings(scope) });
  if (closed === undefined) return;
  const hour = formatInstant(Math.max(closed.starts_at, hourStartMs(range.fromHour)));
  const message = `${what} would alter the hour ${hour} of ${closed.month}, which is closed for workspace ${closed.workspace_id}`;
  throw new MinutebookError({
    code: 'invoiced_hours',
    detail: `${message}; nothing was stored: let it hold from an hour that is not invoiced yet`,
    faults: [{ field: 'effectiveFrom', message }],
  });
}

/** Has the used hours of the range rolled up anew: of one instance type, or of all (null). */
export async function rollUpAgain(
  trx: Trx,
  range: HourRange,
  scope: Scope,
  instanceType: string | null,
): Promise<void> {
  await markDirty(trx, { ...bindings(range), ...scopeBindings(scope), type: instanceType });
}

function bindings({ fromHour, toHour }: HourRange): { from: string; until: string } {
  const until = toHour === Number.POSITIVE_INFINITY ? 'infinity' : formatInstant(hourStartMs(toHour));
  return { from: formatInstant(hourStartMs(fromHour)), until };
}

function scopeBindings(scope: Scope): { only: string | null; all_but: string } {
  return 'only' in scope
    ? { only: scope.only, all_but: textArray([]) }
    : { only: null, all_but: textArray(scope.allBut) };
}
