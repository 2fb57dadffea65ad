// What a month's end is measured over: workspaces with a month of usage that is metered, in groups that end one by one.
import type { Client } from '@temporalio/client';
import { startBillingPeriod } from '../client/workflows';
import { finalizeInvoice } from '../commands/finalize-invoice';
import { recordUsage } from '../commands/record-usage';
import type { Db } from '../db/connection/knex';
import { UsageAppender } from '../db/intake/reports';
import { formatInstant, hourMs, type Month, monthEndMs, monthStartMs, nextMonth } from '../domain/period';
import type { UsageReport } from '../domain/usage';
import { addCards, withConnections } from './hot-data';
import { inParallel } from './measuring';
import { type BenchServers, meterAll } from './servers';

/** Workspaces that end their month together. */
export type Group = { readonly name: string; readonly count: number };

export function workspaceOf({ name }: Group, index: number): string {
  return `${name}-${String(index).padStart(5, '0')}`;
}

/** Puts the month of each workspace of a group to sleep until it closes, all at once. */
export async function startPeriods(
  client: Client,
  { month, group, closesAtMs }: { readonly month: Month; readonly group: Group; readonly closesAtMs: number },
): Promise<void> {
  const closesAt = formatInstant(closesAtMs);
  await inParallel(20, group.count, (index) =>
    startBillingPeriod(client, { workspace: workspaceOf(group, index), month, opensNextAt: null, closesAt }),
  );
}

/** The same of workflows with nothing in them, each followed by so many more. */
export async function startEmptyPeriods(
  client: Client,
  { group, closesAtMs, steps }: { readonly group: Group; readonly closesAtMs: number; readonly steps: number },
): Promise<void> {
  const run = String(closesAtMs);
  await inParallel(20, group.count, (index) =>
    client.workflow.start('emptyPeriod', {
      workflowId: `empty:${run}:${index}`,
      taskQueue: 'empty',
      args: [{ workspace: workspaceOf(group, index), month: run, closesAtMs, steps }],
    }),
  );
}

/** Whether all workflows of a type have ended. */
export async function areDone(client: Client, type: 'emptyPeriod' | 'billingPeriod'): Promise<boolean> {
  const { count: left } = await client.workflow.count(`WorkflowType = '${type}' and ExecutionStatus = 'Running'`);
  return left === 0;
}

/** How many invoices of a group there are, and how many are paid. */
export async function countInvoices(db: Db, { name }: Group): Promise<{ readonly all: number; readonly paid: number }> {
  const { rows } = await db.raw(
    `select count(*)::int as all, (count(*) filter (where status = 'paid'))::int as paid
     from invoices where starts_with(workspace_id, ?)`,
    [`${name}-`],
  );
  return rows[0];
}

/**
 * Issues the invoices of a group, and has Postgres know its tables: a platform has billed before. Of tables that were empty
 * when it last looked it thinks that reading them whole is quickest, for some minutes.
 */
export async function billBefore(
  servers: BenchServers,
  { month, group }: { readonly month: Month; readonly group: Group },
): Promise<void> {
  await withConnections(servers, (connections) =>
    inParallel(4, group.count, (index) =>
      finalizeInvoice(connections, { workspace: workspaceOf(group, index), month }),
    ),
  );
  await servers.db.raw('vacuum analyze');
}

/** Each group with prices, credits, open periods and metered usage, and cards on file where asked for. */
export async function prepare(
  db: Db,
  { month, groups, withCards = false }: { month: Month; groups: readonly Group[]; withCards?: boolean },
): Promise<void> {
  const from = formatInstant(monthStartMs(month));
  await db.raw(`insert into instance_types (id) values ('A10Gx4x16'), ('4x16')`);
  await db.raw(
    `insert into prices (instance_type, price_nanos, valid)
     values ('A10Gx4x16', 20120000, tstzrange(:from, null)), ('4x16', 3460000, tstzrange(:from, null))`,
    { from },
  );
  for (const group of groups) await addWorkspaces(db, { from, group });
  if (withCards) await addCards(db, '');
  await db.raw(
    `with given as (
       insert into credit_grants (workspace_id, key, kind, amount_nanos, remaining_nanos, valid_from, priority, created_at)
       select id, 'free', 'free', 30000000000, 30000000000, starts_at, 100, starts_at from workspaces returning *
     )
     insert into ledger_entries (workspace_id, posting, account, amount_nanos, grant_key, posted_at)
     select workspace_id, 'grant:' || key, account, sign * amount_nanos, key, created_at
     from given, (values ('credits', -1), ('credits_granted', 1)) as entry (account, sign)`,
  );
  await openPeriods(db, { month, from });
  for (const group of groups) await reportUsage(db, { month, group });
  await meterAll(db);
}

async function addWorkspaces(db: Db, { from, group }: { from: string; group: Group }): Promise<void> {
  const ids = Array.from({ length: group.count }, (_, index) => workspaceOf(group, index));
  await db.raw(
    `insert into workspaces (id, name, billing_email, starts_at, created_at)
     select id, 'Bench', 'billing@example.com', :from, :from from unnest(:ids::text[]) as id`,
    { from, ids },
  );
}

async function openPeriods(db: Db, { month, from }: { month: Month; from: string }): Promise<void> {
  await db.raw(
    `insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at)
     select id, listed.month, listed.starts_at, listed.ends_at, :from from workspaces,
       (values (:month, :from::timestamptz, :until::timestamptz), (:next, :until::timestamptz, :next_until::timestamptz))
         as listed (month, starts_at, ends_at)`,
    {
      month,
      from,
      until: formatInstant(monthEndMs(month)),
      // Open as it would be, so that mending, which a new worker begins with, has nothing to open.
      next: nextMonth(month),
      next_until: formatInstant(monthEndMs(nextMonth(month))),
    },
  );
}

async function reportUsage(db: Db, { month, group }: { month: Month; group: Group }): Promise<void> {
  const appender = new UsageAppender();
  const completeThroughMs = monthStartMs(nextMonth(month));
  for (let first = 0; first < group.count; first += 50) {
    const reports = Array.from({ length: Math.min(50, group.count - first) }, (_, index) =>
      usageOf(workspaceOf(group, first + index), month),
    );
    const batch = { source: 'bench', completeThroughMs, reports: reports.flat() };
    await recordUsage(db, appender, { batch, nowMs: Date.now() });
  }
}

// One model serves all month on a GPU, one in working hours on a CPU: 1,000 hourly rows, about $900 and the free $30.
function usageOf(workspace: string, month: Month): UsageReport[] {
  const served = { workspace, version: 'v1', replica: 'r1', phase: 'serving' as const };
  const [fromMs, toMs] = [monthStartMs(month), monthEndMs(month)];
  const all: UsageReport = { ...served, model: 'chat', instanceType: 'A10Gx4x16', fromMs, toMs };
  const daily: UsageReport[] = [];
  for (let day = fromMs; day < toMs; day += 24 * hourMs) {
    daily.push({ ...served, model: 'embed', instanceType: '4x16', fromMs: day + 8 * hourMs, toMs: day + 18 * hourMs });
  }
  return [all, ...daily];
}
