// Workspaces, prices and usage as the API would store them, for tests that are not about the API.

import { changeTerms } from '../../commands/change-terms';
import { recordUsage } from '../../commands/record-usage';
import { replacePrices } from '../../db/accounts/prices';
import { addWorkspace } from '../../db/accounts/workspaces';
import { addGrant, type GrantContent } from '../../db/billing/grants';
import { openPeriods } from '../../db/billing/periods';
import type { Db, Trx } from '../../db/connection/knex';
import type { UsageAppender } from '../../db/intake/reports';
import { parseUsd } from '../../domain/money';
import { hourOf, monthOf, monthsFrom, parseInstant } from '../../domain/period';
import { defaultTerms, type Terms } from '../../domain/terms';
import type { UsageReport } from '../../domain/usage';

/** `2025-01-01T00:00:00Z`, or a shorter beginning of it, in epoch milliseconds. */
export function at(text: string): number {
  const ms = parseInstant(text + '-01-01T00:00:00Z'.slice(text.length - 4));
  if (ms === undefined) throw new Error(`not an instant: ${text}`);
  return ms;
}

export function usd(text: string) {
  const amount = parseUsd(text);
  if (amount === undefined) throw new Error(`not an amount: ${text}`);
  return amount;
}

type NewWorkspace = { readonly id: string; readonly startsAtMs?: number; readonly nowMs: number };

/** Creates a workspace and opens its periods up to the present month. */
export async function createWorkspace(
  db: Db,
  { closeSpreadMs = 600_000, ...created }: NewWorkspace & { readonly closeSpreadMs?: number },
): Promise<void> {
  await db.transaction(async (trx) => {
    await addUnopened(trx, created);
    await openToPresent(trx, { ...created, closeSpreadMs });
  });
}

/** Creates a workspace that nobody bills yet. */
export async function addUnopened(trx: Trx, { id, startsAtMs, nowMs }: NewWorkspace): Promise<void> {
  const entry = { name: id, billingEmail: `billing@${id}.example` };
  await addWorkspace(trx, { id, entry, startsAtMs: startsAtMs ?? nowMs, nowMs });
}

/** Opens the periods of a workspace up to the present month. */
export async function openToPresent(
  trx: Trx,
  { id, startsAtMs, nowMs, closeSpreadMs }: NewWorkspace & { readonly closeSpreadMs: number },
): Promise<void> {
  const months = monthsFrom(monthOf(startsAtMs ?? nowMs), monthOf(nowMs));
  await openPeriods(trx, { workspace: id, months, nowMs, closeSpreadMs });
}

/** The price book of one instance type: each price holds from its instant on. */
export async function putPrices(
  db: Db,
  { instanceType, points }: { instanceType: string; points: readonly { fromMs: number; usdPerMinute: string }[] },
): Promise<void> {
  const book = points.map(({ fromMs, usdPerMinute }) => ({
    instanceType,
    priceNanos: usd(usdPerMinute),
    fromHour: hourOf(fromMs),
  }));
  await db.transaction((trx) => replacePrices(trx, book));
}

export async function putTerms(
  db: Db,
  { workspace, fromMs, terms }: { workspace: string; fromMs: number; terms: Partial<Terms> },
): Promise<void> {
  const point = { fromHour: hourOf(fromMs), terms: { ...defaultTerms, ...terms } };
  await db.transaction((trx) => changeTerms(trx, { workspace, point, author: { actor: 'test', nowMs: fromMs } }));
}

export async function giveGrant(
  db: Db,
  {
    workspace,
    nowMs,
    ...grant
  }: { workspace: string; nowMs: number } & Pick<GrantContent, 'key' | 'amountNanos' | 'validFromMs'> &
    Partial<GrantContent>,
): Promise<void> {
  const content = { kind: 'promotional', validUntilMs: null, priority: 100, ...grant } as const;
  await db.transaction((trx) => addGrant(trx, { workspace, grant: content, nowMs }));
}

/** One replica of one model, serving. */
export function serving(of: Partial<UsageReport> & Pick<UsageReport, 'workspace' | 'fromMs' | 'toMs'>): UsageReport {
  return { model: 'llama', version: 'v1', replica: 'r1', instanceType: 'T4x1', phase: 'serving', ...of };
}

export async function report(
  db: Db,
  appender: UsageAppender,
  batch: { source: string; reports?: UsageReport[]; completeThroughMs?: number; nowMs: number },
): Promise<void> {
  const { nowMs, reports = [], ...rest } = batch;
  await recordUsage(db, appender, { batch: { ...rest, reports }, nowMs });
}
