// Workspaces, prices and usage in a test database, written the shortest way that the product's own statements allow.

import { recordUsage, type UsageReceipt } from '../../commands/record-usage';
import { addGrant as giveGrant } from '../../db/billing/grants';
import { openPeriods } from '../../db/billing/periods';
import type { Db } from '../../db/connection/knex';
import type { UsageAppender } from '../../db/intake/reports';
import { rollUpDays } from '../../db/metering/days';
import { foldShard } from '../../db/metering/fold';
import { rollUpShard } from '../../db/metering/hours';
import { shardCount } from '../../db/metering/shards';
import type { GrantKind } from '../../domain/credits';
import { nanos } from '../../domain/money';
import type { Month } from '../../domain/period';
import { parseInstant } from '../../domain/period';
import type { Phase, UsageReport } from '../../domain/usage';

export const at = (text: string): number => {
  const ms = parseInstant(text);
  if (ms === undefined) throw new Error(`not an instant: ${text}`);
  return ms;
};

export async function addWorkspace(
  db: Db,
  {
    id,
    startsAt,
    months,
    createdAt = startsAt,
  }: { id: string; startsAt: string; months: readonly Month[]; createdAt?: string },
): Promise<void> {
  await db('workspaces').insert({
    id,
    name: id,
    billing_email: `${id}@example.com`,
    starts_at: startsAt,
    created_at: createdAt,
  });
  await db.transaction((trx) =>
    openPeriods(trx, { workspace: id, months, nowMs: at(createdAt), closeSpreadMs: 600_000 }),
  );
}

export async function addPrice(
  db: Db,
  { type, nanos, from, until }: { type: string; nanos: bigint; from: string; until?: string },
): Promise<void> {
  await db.raw('insert into instance_types (id) values (?) on conflict do nothing', [type]);
  await db.raw('insert into prices (instance_type, price_nanos, valid) values (?, ?, tstzrange(?, ?))', [
    type,
    nanos.toString(),
    from,
    until ?? null,
  ]);
}

type Given = { workspace: string; key: string; nanos: bigint; from: string; until?: string };

export async function addGrant(
  db: Db,
  grant: Given & { kind?: GrantKind; priority?: number; now?: string },
): Promise<void> {
  const { workspace, key, kind = 'promotional', from, until, priority = 100, now = from } = grant;
  const validity = { validFromMs: at(from), validUntilMs: until === undefined ? null : at(until) };
  const content = { key, kind, amountNanos: nanos(grant.nanos), priority, ...validity };
  await db.transaction((trx) => giveGrant(trx, { workspace, grant: content, nowMs: at(now) }));
}

/** A report of replica `r1` of model `m` version `v1` on `gpu`, serving, unless said otherwise. */
export function report(from: string, to: string, facts: Partial<UsageReport> & { phase?: Phase } = {}): UsageReport {
  return {
    workspace: 'acme',
    model: 'm',
    version: 'v1',
    replica: 'r1',
    instanceType: 'gpu',
    phase: 'serving',
    ...facts,
    fromMs: at(from),
    toMs: at(to),
  };
}

export async function record(
  db: Db,
  appender: UsageAppender,
  {
    reports = [],
    now,
    source = 'cluster-1',
    completeThrough,
  }: { reports?: readonly UsageReport[]; now: string; source?: string; completeThrough?: string },
): Promise<UsageReceipt> {
  const mark = completeThrough === undefined ? {} : { completeThroughMs: at(completeThrough) };
  return recordUsage(db, appender, { batch: { source, reports, ...mark }, nowMs: at(now) });
}

/** Meters all that was reported, and stores the days that are over: all of them, unless it is said when it is. */
export async function meterAll(db: Db, now = '2100-01-01T00:00:00Z'): Promise<void> {
  for (let shard = 0; shard < shardCount; shard++) {
    await foldShard(db, shard);
    await rollUpShard(db, shard);
    await rollUpDays(db, shard, { nowMs: at(now) });
  }
}
