// A workspace with a hundred models, metered.
import { recordUsage } from '../commands/record-usage';
import type { Db } from '../db/connection/knex';
import { UsageAppender } from '../db/intake/reports';
import { formatInstant, hourMs, type Month, monthEndMs, monthStartMs } from '../domain/period';
import type { UsageReport } from '../domain/usage';
import { meterAll } from './servers';

export const workspace = 'bench';
export const modelCount = 100;

type Of = { readonly month: Month; readonly untilMs: number; readonly versionsOf: (model: number) => number };

/** Every hour of the month until an instant; so many versions of each model. */
export async function prepareUsage(db: Db, { month, untilMs, versionsOf }: Of): Promise<void> {
  const from = formatInstant(monthStartMs(month));
  await db.raw(`insert into instance_types (id) values ('A10Gx4x16')`);
  await db.raw(
    `insert into prices (instance_type, price_nanos, valid) values ('A10Gx4x16', 20120000, tstzrange(?, null))`,
    [from],
  );
  await db('workspaces').insert({
    id: workspace,
    name: 'Bench',
    billing_email: 'billing@example.com',
    starts_at: from,
    created_at: from,
  });
  await db.raw(
    `insert into billing_periods (workspace_id, month, starts_at, ends_at, opened_at) values (?, ?, ?, ?, ?)`,
    [workspace, month, from, formatInstant(monthEndMs(month)), from],
  );
  const appender = new UsageAppender();
  const range = { fromMs: monthStartMs(month), toMs: untilMs };
  for (let model = 0; model < modelCount; model++) {
    const versions = Array.from({ length: versionsOf(model) }, (_, each) => `v${each + 1}`);
    const reports = versions.flatMap((version) => daily(range, { model: `model-${model}`, version }));
    for (let at = 0; at < reports.length; at += batchMax) {
      const batch = { source: 'bench', reports: reports.slice(at, at + batchMax) };
      await recordUsage(db, appender, { batch, nowMs: Date.now() });
    }
  }
  await meterAll(db);
}

const batchMax = 10_000;

function daily(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  facts: { readonly model: string; readonly version: string },
): UsageReport[] {
  const replica = { workspace, ...facts, replica: 'r1', instanceType: 'A10Gx4x16' };
  const reports: UsageReport[] = [
    { ...replica, phase: 'deploying', fromMs, toMs: Math.min(toMs, fromMs + hourMs / 10) },
  ];
  for (let day = fromMs; day < toMs; day += 24 * hourMs) {
    reports.push({ ...replica, phase: 'serving', fromMs: day, toMs: Math.min(toMs, day + 24 * hourMs) });
  }
  return reports;
}
