// A platform refused a deployment by the gate's word: counted, and the customer told of the first of a day.

import { noSuchWorkspace } from '../db/accounts/workspaces';
import type { Db } from '../db/connection/knex';
import { readGate } from '../db/guard/gate';
import { countRefusedDeploy, type RefusedDeploy } from '../db/guard/refused-deploys';
import { lockWorkspaceRow } from '../db/locks';
import { gateOf } from '../domain/guard/gate';
import type { Settings } from './connections';
import { isRefusedDeployTold, writeRefusedDeployMail } from './write-guard-mail';

export type NotedDeploy = RefusedDeploy & { readonly settings: Settings; readonly nowMs: number };

/**
 * Counts it; answers false, and nothing is counted, where deploying is allowed by now. Throws `not_found` without the
 * workspace. Telling is a transaction of its own, which alone takes the workspace's row, once a day: a thousand more wait for
 * nobody but each other. Where the process dies between the two, the next one tells.
 */
export async function noteRefusedDeploy(db: Db, { settings, nowMs, ...deploy }: NotedDeploy): Promise<boolean> {
  const { workspace } = deploy;
  const facts = await readGate(db, { workspace, nowMs });
  if (facts === undefined) throw noSuchWorkspace(workspace);
  const { reason, message } = gateOf(facts);
  if (reason === undefined || message === undefined) return false;
  await countRefusedDeploy(db, { ...deploy, reason, nowMs });
  if (!settings.isMailing || (await isRefusedDeployTold(db, { workspace, nowMs }))) return true;
  await db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    await writeRefusedDeployMail(trx, { deploy, refusal: { reason, message }, settings, nowMs });
  });
  return true;
}
