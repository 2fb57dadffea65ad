// Giving credits: once under their key.

import { type Author, audit } from '../db/accounts/audit';
import { lockWorkspace } from '../db/accounts/workspaces';
import { addGrant, type GrantContent, listGrants, type StoredGrant } from '../db/billing/grants';
import type { Trx } from '../db/connection/knex';
import { MinutebookError } from '../domain/errors';
import { formatUsd } from '../domain/money';
import { formatInstant } from '../domain/period';

/**
 * Gives a grant, or answers the one that the key has already. Throws `grant_key_conflict` where that one has other
 * content, `not_found` where there is no such workspace.
 */
export async function giveGrant(
  trx: Trx,
  { workspace, grant, author }: { workspace: string; grant: GrantContent; author: Author },
): Promise<{ readonly grant: StoredGrant; readonly isNew: boolean }> {
  await lockWorkspace(trx, workspace);
  const added = await addGrant(trx, { workspace, grant, nowMs: author.nowMs });
  if (added === undefined) return { grant: await sameGrant(trx, workspace, grant), isNew: false };
  await audit(trx, author, { action: 'grant.given', workspace, before: null, after: audited(added) });
  return { grant: added, isNew: true };
}

async function sameGrant(trx: Trx, workspace: string, grant: GrantContent): Promise<StoredGrant> {
  const stored = (await listGrants(trx, workspace)).find(({ key }) => key === grant.key);
  const fields = ['kind', 'amountNanos', 'validFromMs', 'validUntilMs', 'priority'] as const;
  const other = fields.filter((field) => stored?.[field] !== grant[field]);
  if (stored !== undefined && other.length === 0) return stored;
  const detail = `workspace ${workspace} has a grant ${grant.key} already, with another ${other.map(wireName).join(', ')}; give this one a key of its own`;
  throw new MinutebookError({
    code: 'grant_key_conflict',
    detail,
    faults: other.map((field) => ({ field: wireName(field), message: 'another one than that of the stored grant' })),
  });
}

function wireName(field: string): string {
  return field.replace(/(Nanos|Ms)$/, '');
}

function audited({ key, kind, amountNanos, validFromMs, validUntilMs, priority }: StoredGrant) {
  const validUntil = validUntilMs === null ? null : formatInstant(validUntilMs);
  return { key, kind, amount: formatUsd(amountNanos), validFrom: formatInstant(validFromMs), validUntil, priority };
}
