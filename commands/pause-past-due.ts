// Pausing what past due invoices stop of a workspace, and ending the pause.

import { type Author, audit } from '../db/accounts/audit';
import { lockWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { type PastDuePause, readPastDuePause, removePastDuePause, storePastDuePause } from '../db/guard/pauses';
import { ensureGuards } from '../db/guard/waking';
import { formatInstant } from '../domain/period';

type Of = { readonly workspace: string; readonly author: Author };

/** Puts a pause in place of any before it; the same again changes nothing. Throws `not_found` without the workspace. */
export async function pausePastDue(
  trx: Trx,
  { workspace, pause, author }: Of & { readonly pause: PastDuePause },
): Promise<void> {
  await lockWorkspace(trx, workspace);
  const before = await readPastDuePause(trx, workspace);
  if (before?.untilMs === pause.untilMs && before.reason === pause.reason) return;
  const { nowMs } = author;
  await storePastDuePause(trx, { workspace, pause, nowMs });
  await ensureGuards(trx, { workspaces: [workspace], nowMs });
  const audited = { before: before === undefined ? null : auditedPause(before), after: auditedPause(pause) };
  await audit(trx, author, { action: 'past_due.paused', workspace, ...audited });
}

/** Ends it; answers whether there was one. Throws `not_found` without the workspace. */
export async function endPastDuePause(trx: Trx, { workspace, author }: Of): Promise<boolean> {
  await lockWorkspace(trx, workspace);
  const removed = await removePastDuePause(trx, workspace);
  if (removed === undefined) return false;
  await ensureGuards(trx, { workspaces: [workspace], nowMs: author.nowMs });
  const before = auditedPause(removed);
  await audit(trx, author, { action: 'past_due.pause_ended', workspace, before, after: null });
  return true;
}

function auditedPause({ untilMs, reason }: PastDuePause) {
  return { until: formatInstant(untilMs), reason };
}
