// An operator's suspension of a workspace, and its end. The guard, woken in the same transaction, stops and starts models.

import { type Author, audit } from '../db/accounts/audit';
import { lockWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import {
  addOperatorsSuspension,
  endOperatorsSuspension,
  readStandingSuspensions,
  type Suspension,
} from '../db/guard/suspensions';
import { ensureGuards } from '../db/guard/waking';
import { MinutebookError } from '../domain/errors';
import type { SuspensionScope } from '../domain/guard/notices';
import { formatInstant } from '../domain/period';

export type WantedSuspension = {
  readonly workspace: string;
  readonly message: string;
  readonly scope: SuspensionScope;
  readonly author: Author;
};

/**
 * Suspends a workspace, or answers the suspension of the same content that stands. Throws `conflict` where another one of an
 * operator stands, `not_found` without the workspace.
 */
export async function suspendWorkspace(
  trx: Trx,
  { workspace, message, scope, author }: WantedSuspension,
): Promise<{ readonly suspension: Suspension; readonly isNew: boolean }> {
  await lockWorkspace(trx, workspace);
  const standing = (await readStandingSuspensions(trx, workspace)).find(({ reason }) => reason === 'operator');
  if (standing !== undefined) {
    if (standing.message === message && standing.scope === scope) return { suspension: standing, isNew: false };
    throw otherStands(workspace, standing);
  }
  const { nowMs } = author;
  const suspension = await addOperatorsSuspension(trx, { workspace, message, scope, nowMs });
  await ensureGuards(trx, { workspaces: [workspace], nowMs });
  await audit(trx, author, { action: 'workspace.suspended', workspace, before: null, after: { scope, message } });
  return { suspension, isNew: true };
}

/** Lifts what an operator suspended; answers whether anything stood. Throws `not_found` without the workspace. */
export async function liftSuspension(
  trx: Trx,
  { workspace, author }: Pick<WantedSuspension, 'workspace' | 'author'>,
): Promise<boolean> {
  await lockWorkspace(trx, workspace);
  const { nowMs } = author;
  const ended = await endOperatorsSuspension(trx, { workspace, nowMs });
  if (ended === undefined) return false;
  await ensureGuards(trx, { workspaces: [workspace], nowMs });
  const { scope, message } = ended;
  await audit(trx, author, {
    action: 'workspace.suspension_lifted',
    workspace,
    before: { scope, message },
    after: null,
  });
  return true;
}

function otherStands(workspace: string, { scope, message, beganAtMs }: Suspension): MinutebookError {
  const detail = `workspace ${workspace} is suspended since ${formatInstant(beganAtMs)}, with the scope ${scope} and the reason ${JSON.stringify(message)}: lift that (DELETE) before you suspend it otherwise`;
  return new MinutebookError({ code: 'conflict', detail });
}
