// Creating a workspace: its account, its free credits and its periods so far, in one transaction.

import { type Author, audit } from '../db/accounts/audit';
import { addWorkspace, lockWorkspace, renameWorkspace, type Workspace } from '../db/accounts/workspaces';
import { addGrant } from '../db/billing/grants';
import { openPeriods } from '../db/billing/periods';
import type { Trx } from '../db/connection/knex';
import { holdUsageKeptFrom, isOfLongAgo, usageNotKept } from '../db/metering/kept';
import { defaultPriority, freeGrantKey } from '../domain/credits';
import { MinutebookError } from '../domain/errors';
import type { Nanos } from '../domain/money';
import { formatInstant, hourMs, hourOf, monthOf, monthsFrom } from '../domain/period';
import type { WorkspaceEntry } from '../domain/workspace';
import { applyBilling } from './change-billing';

export type Opening = { readonly freeCreditsNanos: Nanos; readonly closeSpreadMs: number };

/**
 * Creates a workspace, or changes the one there is. Throws `workspace_conflict` where that one starts at another instant
 * than the entry says, `usage_not_kept` where a new one starts in months whose usage was dropped.
 */
export async function putWorkspace(
  trx: Trx,
  { id, entry, author, opening }: { id: string; entry: WorkspaceEntry; author: Author; opening: Opening },
): Promise<{ readonly workspace: Workspace; readonly created: boolean }> {
  const { nowMs } = author;
  const startsAtMs = entry.startsAtMs ?? hourOf(nowMs) * hourMs;
  const keptFromMs = isOfLongAgo(startsAtMs, nowMs) ? await holdUsageKeptFrom(trx) : null;
  const added = await addWorkspace(trx, { id, entry, startsAtMs, nowMs });
  if (added === undefined) return { workspace: await change(trx, { id, entry, author }), created: false };

  if (keptFromMs !== null && startsAtMs < keptFromMs) throw startsTooEarly(startsAtMs, keptFromMs);
  await giveFreeCredits(trx, added, { nowMs, amountNanos: opening.freeCreditsNanos });
  // A start a few minutes ahead of our clock may lie in the month after.
  const [first, last] = [monthOf(startsAtMs), monthOf(Math.max(startsAtMs, nowMs))];
  const months = monthsFrom(first, last);
  await openPeriods(trx, { workspace: id, months, nowMs, closeSpreadMs: opening.closeSpreadMs });
  const after = { ...audited(added), billing: added.billing };
  await audit(trx, author, { action: 'workspace.created', workspace: id, before: null, after });
  return { workspace: added, created: true };
}

function startsTooEarly(startsAtMs: number, keptFromMs: number): MinutebookError {
  return usageNotKept(keptFromMs, {
    what: `the workspace is to start at ${formatInstant(startsAtMs)}`,
    instead: 'let it start then or later',
    field: 'startsAt',
  });
}

async function giveFreeCredits(
  trx: Trx,
  workspace: Workspace,
  { nowMs, amountNanos }: { nowMs: number; amountNanos: Nanos },
): Promise<void> {
  if (amountNanos === 0n) return;
  const validity = { validFromMs: workspace.startsAtMs, validUntilMs: null };
  const grant = { key: freeGrantKey, kind: 'free', amountNanos, priority: defaultPriority, ...validity } as const;
  await addGrant(trx, { workspace: workspace.id, grant, nowMs });
}

async function change(
  trx: Trx,
  { id, entry, author }: { id: string; entry: WorkspaceEntry; author: Author },
): Promise<Workspace> {
  const stored = await lockWorkspace(trx, id);
  refuseOtherStart(stored, entry);
  const named = await rename(trx, { stored, entry, author });
  return entry.billing === undefined ? named : applyBilling(trx, { stored: named, change: entry.billing, author });
}

function refuseOtherStart({ id, startsAtMs }: Workspace, entry: WorkspaceEntry): void {
  if (entry.startsAtMs === undefined || entry.startsAtMs === startsAtMs) return;
  const [was, came] = [formatInstant(startsAtMs), formatInstant(entry.startsAtMs)];
  const detail = `workspace ${id} starts at ${was}, which cannot be changed to ${came}: leave startsAt out, or send the same`;
  throw new MinutebookError({
    code: 'workspace_conflict',
    detail,
    faults: [{ field: 'startsAt', message: `expected ${was}, came ${came}` }],
  });
}

async function rename(
  trx: Trx,
  { stored, entry, author }: { stored: Workspace; entry: WorkspaceEntry; author: Author },
): Promise<Workspace> {
  if (stored.name === entry.name && stored.billingEmail === entry.billingEmail) return stored;
  const renamed = await renameWorkspace(trx, stored.id, entry);
  await audit(trx, author, {
    action: 'workspace.changed',
    workspace: stored.id,
    before: audited(stored),
    after: audited(renamed),
  });
  return renamed;
}

function audited({ name, billingEmail, startsAtMs }: Workspace) {
  return { name, billingEmail, startsAt: formatInstant(startsAtMs) };
}
