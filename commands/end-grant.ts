// Ending a grant early: it pays nothing from an hour on, but keeps what issued invoices have drawn.

import { type Author, audit } from '../db/accounts/audit';
import { lockWorkspace } from '../db/accounts/workspaces';
import { postExpiry } from '../db/billing/expiry';
import { bringEndForward, readGrant, readLastDrawnHour, type StoredGrant } from '../db/billing/grants';
import type { Trx } from '../db/connection/knex';
import { validHours } from '../domain/credits';
import { MinutebookError } from '../domain/errors';
import { formatInstant, hourNotBefore, hourStartMs } from '../domain/period';
import { auditedGrant } from './give-grant';

type Ending = { readonly workspace: string; readonly key: string; readonly fromMs: number | undefined };

/**
 * Ends a grant from an instant on, taken up to the hour (left out: now; one that has not begun then never will). Ending it
 * again changes nothing, unless it is to end sooner. Throws `conflict` where an issued invoice has drawn it in a later hour
 * or where it ends before that anyway, `not_found` where there is no such grant.
 */
export async function endGrant(
  trx: Trx,
  { workspace, key, fromMs, author }: Ending & { readonly author: Author },
): Promise<StoredGrant> {
  await lockWorkspace(trx, workspace);
  const stored = await readGrant(trx, { workspace, key });
  if (stored === undefined) throw noSuchGrant(workspace, key);
  const { validFromHour, validUntilHour } = validHours(stored);
  const untilHour = Math.max(validFromHour, hourNotBefore(fromMs ?? author.nowMs));
  const isAgain = stored.endedAtMs !== null && (fromMs === undefined || untilHour === validUntilHour);
  if (isAgain) return stored;
  if (validUntilHour !== null && untilHour >= validUntilHour) throw endsAnyway(stored, validUntilHour);
  const lastDrawn = await readLastDrawnHour(trx, { workspace, key });
  if (lastDrawn !== undefined && untilHour <= lastDrawn) throw isDrawn(stored, lastDrawn + 1);

  const ended = await bringEndForward(trx, { workspace, key, untilHour, nowMs: author.nowMs });
  // Of hours that are closed it is posted now; otherwise by the closing of the period that it ends in.
  await postExpiry(trx, { workspace, keys: [key], cause: 'ended', nowMs: author.nowMs });
  await audit(trx, author, {
    action: 'grant.ended',
    workspace,
    before: auditedGrant(stored),
    after: auditedGrant(ended),
  });
  return ended;
}

function noSuchGrant(workspace: string, key: string): MinutebookError {
  return new MinutebookError({ code: 'not_found', detail: `workspace ${workspace} has no grant ${key}` });
}

function endsAnyway({ key }: StoredGrant, untilHour: number): MinutebookError {
  const at = formatInstant(hourStartMs(untilHour));
  return refusal(`grant ${key} ends at ${at} as it is: it can be ended sooner, but not be made to last longer`);
}

function isDrawn({ key }: StoredGrant, earliestHour: number): MinutebookError {
  const earliest = formatInstant(hourStartMs(earliestHour));
  return refusal(`issued invoices have drawn grant ${key}: it can be ended from ${earliest} on at the earliest`);
}

function refusal(message: string): MinutebookError {
  return new MinutebookError({ code: 'conflict', detail: message, faults: [{ field: 'from', message }] });
}
