// Creating a workspace: its account, its free credits and its periods so far, in one transaction.

import { type Author, audit } from '../db/accounts/audit';
import { addWorkspace, lockWorkspace, renameWorkspace, type Workspace } from '../db/accounts/workspaces';
import { addGrant } from '../db/billing/grants';
import { openPeriods } from '../db/billing/periods';
import type { Trx } from '../db/connection/knex';
import { defaultPriority, freeGrantKey } from '../domain/credits';
import { MinutebookError } from '../domain/errors';
import type { Nanos } from '../domain/money';
import { formatInstant, hourMs, hourOf, monthOf, monthsFrom } from '../domain/period';
import type { WorkspaceEntry } from '../domain/workspace';

export type Opening = { readonly freeCreditsNanos: Nanos; readonly closeSpreadMs: number };

/**
 * Creates a workspace, or renames the one there is. Throws `workspace_conflict` where that one starts at another instant
 * than the entry says.
 */
export async function putWorkspace(
  trx: Trx,
  { id, entry, author, opening }: { id: string; entry: WorkspaceEntry; author: Author; opening: Opening },
): Promise<{ readonly workspace: Workspace; readonly created: boolean }> {
  const { nowMs } = author;
  const startsAtMs = entry.startsAtMs ?? hourOf(nowMs) * hourMs;
  const added = await addWorkspace(trx, { id, entry, startsAtMs, nowMs });
  if (added === undefined) return { workspace: await rename(trx, { id, entry, author }), created: false };

  await giveFreeCredits(trx, added, { nowMs, amountNanos: opening.freeCreditsNanos });
  // A start a few minutes ahead of our clock may lie in the month after.
  const [first, last] = [monthOf(startsAtMs), monthOf(Math.max(startsAtMs, nowMs))];
  const months = monthsFrom(first, last);
  await openPeriods(trx, { workspace: id, months, nowMs, closeSpreadMs: opening.closeSpreadMs });
  await audit(trx, author, { action: 'workspace.created', workspace: id, before: null, after: audited(added) });
  return { workspace: added, created: true };
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

async function rename(
  trx: Trx,
  { id, entry, author }: { id: string; entry: WorkspaceEntry; author: Author },
): Promise<Workspace> {
  const stored = await lockWorkspace(trx, id);
  if (entry.startsAtMs !== undefined && entry.startsAtMs !== stored.startsAtMs) {
    const [was, came] = [formatInstant(stored.startsAtMs), formatInstant(entry.startsAtMs)];
    const detail = `workspace ${id} starts at ${was}, which cannot be changed to ${came}: leave startsAt out, or send the same`;
    throw new MinutebookError({
      code: 'workspace_conflict',
      detail,
      faults: [{ field: 'startsAt', message: `expected ${was}, came ${came}` }],
    });
  }
  if (stored.name === entry.name && stored.billingEmail === entry.billingEmail) return stored;
  const renamed = await renameWorkspace(trx, id, entry);
  await audit(trx, author, {
    action: 'workspace.changed',
    workspace: id,
    before: audited(stored),
    after: audited(renamed),
  });
  return renamed;
}

function audited({ name, billingEmail, startsAtMs }: Workspace) {
  return { name, billingEmail, startsAt: formatInstant(startsAtMs) };
}
