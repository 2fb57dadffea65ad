// Giving credits: once under their key.

import { type Author, audit } from '../db/accounts/audit';
import { lockWorkspace } from '../db/accounts/workspaces';
import { addGrant, type GrantContent, readGiven, readGrant, type StoredGrant } from '../db/billing/grants';
import type { Trx } from '../db/connection/knex';
import { grantsNanosMax } from '../domain/credits';
import { MinutebookError } from '../domain/errors';
import type { GivenFor } from '../domain/ledger';
import { formatUsd, formatUsdGrouped, nanos } from '../domain/money';
import { formatInstant } from '../domain/period';

export type Giving = {
  readonly workspace: string;
  readonly grant: GrantContent;
  readonly author: Author;
  /** What it is given for, where that does not follow from its kind. */
  readonly account?: GivenFor;
};

/**
 * Gives a grant, or answers the one that the key has already. Throws `grant_key_conflict` where that one has other
 * content, `conflict` where it would take the workspace's grants over their limit together, `not_found` where there is no
 * such workspace.
 */
export async function giveGrant(
  trx: Trx,
  { workspace, grant, author, account }: Giving,
): Promise<{ readonly grant: StoredGrant; readonly isNew: boolean }> {
  await lockWorkspace(trx, workspace);
  const given = await readGiven(trx, workspace);
  if (given + grant.amountNanos > grantsNanosMax) await refuseTooMuch(trx, { workspace, grant, given });
  const from = account === undefined ? {} : { account };
  const added = await addGrant(trx, { workspace, grant, nowMs: author.nowMs, ...from });
  if (added === undefined) return { grant: await sameGrant(trx, workspace, grant), isNew: false };
  await audit(trx, author, { action: 'grant.given', workspace, before: null, after: auditedGrant(added) });
  return { grant: added, isNew: true };
}

// One that was given already is over no limit.
async function refuseTooMuch(
  trx: Trx,
  { workspace, grant, given }: { workspace: string; grant: GrantContent; given: bigint },
): Promise<void> {
  if ((await readGrant(trx, { workspace, key: grant.key })) !== undefined) return;
  const [most, left] = [grantsNanosMax, nanos(grantsNanosMax - given)].map(formatUsdGrouped);
  const message = `expected at most ${left} US dollars, as the grants of a workspace are limited to ${most} together; came ${formatUsdGrouped(grant.amountNanos)}`;
  const detail = `nothing was given to workspace ${workspace}: ${message}`;
  throw new MinutebookError({ code: 'conflict', detail, faults: [{ field: 'amount', message }] });
}

async function sameGrant(trx: Trx, workspace: string, grant: GrantContent): Promise<StoredGrant> {
  const stored = await readGrant(trx, { workspace, key: grant.key });
  const fields = ['kind', 'amountNanos', 'validFromMs', 'validUntilMs', 'priority'] as const;
  const other = fields.filter(
    (field) => !(field === 'validUntilMs' && stored?.endedAtMs) && stored?.[field] !== grant[field],
  );
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

/** A grant as the audit log has it. */
export function auditedGrant({ key, kind, amountNanos, validFromMs, validUntilMs, priority }: StoredGrant) {
  const validUntil = validUntilMs === null ? null : formatInstant(validUntilMs);
  return { key, kind, amount: formatUsd(amountNanos), validFrom: formatInstant(validFromMs), validUntil, priority };
}
