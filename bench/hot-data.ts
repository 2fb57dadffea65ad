// What the hot statements run on: workspaces by the thousand with a card on file and a replica each, and hours of usage, as
// metering would have left them, all written by set-based SQL.
import type { Connections } from '../commands/connections';
import type { Db } from '../db/connection/knex';
import { makePartitionsAhead } from '../db/metering/retention';
import {
  dayMs,
  formatInstant,
  hourMs,
  type Month,
  monthEndMs,
  monthOf,
  monthStartMs,
  nextMonth,
  previousMonth,
} from '../domain/period';
import { readConfig } from '../runtime/config';
import { createConnections } from '../runtime/connections';
import type { BenchServers } from './servers';

const scale = Number(process.env['BENCH_SCALE'] ?? 1);

/** So many, or fewer for trying. */
export function scaled(count: number): number {
  return Math.max(1, Math.round(count * scale));
}

export const instanceType = 'A10Gx4x16';
export const priceNanos = 20_120_000;
/** The month that runs, 27 days and a half of it over: the same on whatever day this is measured. */
export const runningMonth: Month = previousMonth(monthOf(Date.now()));
export const runningDayMs = monthStartMs(runningMonth) + 27 * dayMs;
export const runningHourMs = runningDayMs + 12 * hourMs;

export type Cohort = { readonly name: string; readonly count: number };

export function workspaceOf({ name }: Pick<Cohort, 'name'>, index: number): string {
  return `${name}-${String(index).padStart(6, '0')}`;
}

/** Half-open. */
type Span = { readonly fromMs: number; readonly toMs: number };

export async function withConnections<T>(
  { databaseUrl, temporalAddress }: BenchServers,
  work: (connections: Connections) => Promise<T>,
): Promise<T> {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    SELLER_NAME: 'Bench',
    SELLER_ADDRESS: 'Bench Street 1',
  });
  const connections = createConnections(config, { process: 'worker' });
  try {
    return await work(connections);
  } finally {
    await connections.close();
  }
}

/** The price book, the source, and partitions. */
export async function prepareBook(db: Db): Promise<void> {
  await db.raw(`insert into instance_types (id) values (?)`, [instanceType]);
  await db.raw(
    `insert into prices (instance_type, price_nanos, valid) values (?, ?, tstzrange('2020-01-01T00:00Z', null))`,
    [instanceType, priceNanos],
  );
  await db.raw(`insert into sources (source) values ('bench')`);
  await makePartitionsAhead(db, Date.now());
}

/** Paying workspaces that started `months` ago, the running month and the next open, and a guard that has judged. */
export async function addWorkspaces(db: Db, { name, count }: Cohort, months = 1): Promise<void> {
  let first = runningMonth;
  for (let ago = 1; ago < months; ago++) first = previousMonth(first);
  const bindings = { count, prefix: `${name}-`, from: formatInstant(monthStartMs(first)) };
  await db.raw(
    `insert into workspaces (id, name, billing_email, starts_at, created_at)
     select :prefix || lpad(nth::text, 6, '0'), 'Bench', 'billing@example.com', :from, :from
     from generate_series(0, :count::int - 1) as nth`,
    bindings,
  );
  await openMonths(db, name, [runningMonth, nextMonth(runningMonth)]);
  await addCards(db, bindings.prefix);
  await db.raw(
    `insert into guards (workspace_id, shard, started_at, wake_sequence, judged_sequence, judged_at, next_look_at, next_change_at)
     select id, shard, now(), 1, 1, now(), now() + interval '28 days', now() + interval '29 days'
     from workspaces where starts_with(id, :prefix)`,
    bindings,
  );
  await addReplicas(db, name, 1);
}

/** Puts a card on file for workspaces whose ids begin so: their guards look once, and sleep. */
export async function addCards(db: Db, prefix: string): Promise<void> {
  await db.raw(
    `insert into payment_customers (workspace_id, customer, made_at)
     select id, 'cus_' || id, now() from workspaces where starts_with(id, :prefix)`,
    { prefix },
  );
  await db.raw(
    `insert into payment_methods (workspace_id, method, type, brand, last4, exp_month, exp_year, funding, fingerprint, added_at,
       updated_at)
     select id, 'pm_' || id, 'card', 'visa', '4242', 12, 2099, 'credit', id, now(), now()
     from workspaces where starts_with(id, :prefix)`,
    { prefix },
  );
}

/** So many more of each. */
export async function addReplicas(db: Db, name: string, count: number): Promise<void> {
  await db.raw(
    `insert into replicas (workspace_id, model, version, instance_type, replica, source_id)
     select id, 'chat', 'v1', :type, 'r' || (nth + (select count(*) from replicas where workspace_id = id)), source_id
     from workspaces, sources, generate_series(1, :count::int) as nth where starts_with(id, :prefix)`,
    { prefix: `${name}-`, type: instanceType, count },
  );
}

export async function openMonths(db: Db, name: string, months: readonly Month[]): Promise<void> {
  await db.raw(
    `insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
     select id, listed.month, listed.starts_at, listed.ends_at, listed.starts_at
     from workspaces, unnest(:months::text[], :starts::timestamptz[], :ends::timestamptz[]) as listed (month, starts_at, ends_at)
     where starts_with(id, :prefix)`,
    {
      prefix: `${name}-`,
      months: [...months],
      starts: months.map((month) => formatInstant(monthStartMs(month))),
      ends: months.map((month) => formatInstant(monthEndMs(month))),
    },
  );
}

/** Every minute of these hours, metered. Whole days, or the first hours of one that gets no more. */
export async function addUsage(db: Db, name: string, { fromMs, toMs }: Span): Promise<void> {
  const span = { prefix: `${name}-`, from: formatInstant(fromMs), to: formatInstant(toMs), price: priceNanos };
  await db.raw(
    `select ensure_usage_month(month::date)
     from generate_series(date_trunc('month', :from::timestamptz, 'UTC') at time zone 'UTC',
       :to::timestamptz at time zone 'UTC', interval '1 month') as month`,
    span,
  );
  await db.raw(
    `with used as materialized (
       select workspace_id, replica_id, model, version, instance_type, hour,
         (hour at time zone 'UTC')::date as day, (:price::int8 * 60) as list_nanos
       from replicas, generate_series(:from::timestamptz, :to::timestamptz - interval '1 hour', interval '1 hour') as hour
       where starts_with(workspace_id, :prefix)
     ), days as materialized (
       select workspace_id, day, model, version, instance_type, count(*) * 60 as minutes, sum(list_nanos)::int8 as list_nanos
       from used group by 1, 2, 3, 4, 5
     ), masks as (
       insert into replica_hours (workspace_id, hour, replica_id, serving)
       select workspace_id, hour, replica_id, (1::int8 << 60) - 1 from used order by 1, 2, 3
     ), hours as (
       insert into usage_hours (workspace_id, hour, model, version, instance_type, active_mask, deploying_minutes,
         scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, price_nanos, list_nanos)
       select workspace_id, hour, model, version, instance_type, (1::int8 << 60) - 1, 0, 0, 60, 0, 0, 60, :price, list_nanos
       from used order by 1, 2
     ), totals as (
       insert into hour_totals (workspace_id, hour, replica_minutes, list_nanos)
       select workspace_id, hour, 60, list_nanos from used order by 1, 2
     ), daily as (
       insert into usage_days (workspace_id, day, model, version, instance_type, price_nanos, deploying_minutes,
         scaling_up_minutes, serving_minutes, scaling_down_minutes, idle_minutes, replica_minutes, list_nanos)
       select workspace_id, day, model, version, instance_type, :price, 0, 0, minutes, 0, 0, minutes, list_nanos
       from days order by 1, 2
     ), active as (
       insert into active_days (workspace_id, day, model, version, active_minutes)
       select workspace_id, day, model, listed.version, minutes
       from days cross join lateral (values (version), (null)) as listed (version) order by 1, 2
     )
     insert into usage_totals as stored (workspace_id, list_nanos)
     select workspace_id, sum(list_nanos) from days group by workspace_id order by 1
     on conflict (workspace_id) do update set list_nanos = stored.list_nanos + excluded.list_nanos`,
    span,
  );
}

/** Reports a minute of every replica of these workspaces, each time the next one of the running day. */
export function reporting(db: Db, name: string): () => Promise<unknown> {
  let nth = 0;
  return () => {
    const [hour, minute] = [formatInstant(runningHourMs + Math.floor(nth / 60) * hourMs), nth++ % 60];
    return db.raw(
      `insert into usage_reports (received_at, hour, mask, replica_id, source_id, hours, phase, shard, workspace_id)
       select now(), :hour::timestamptz, 1::int8 << :minute::int, replica_id, source_id, 1, 2, shard, workspace_id
       from replicas join workspaces on workspaces.id = workspace_id where starts_with(workspace_id, :prefix)`,
      { hour, minute, prefix: `${name}-` },
    );
  };
}
