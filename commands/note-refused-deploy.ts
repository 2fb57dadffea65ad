// A platform refused a deployment by the gate's word: counted, and the customer told of the first of a day.

import { noSuchWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { readGate } from '../db/guard/gate';
import { countRefusedDeploy, type RefusedDeploy } from '../db/guard/refused-deploys';
import { lockWorkspaceRow } from '../db/locks';
import { gateOf } from '../domain/guard/gate';
import type { Settings } from './connections';
import { writeRefusedDeployMail } from './write-guard-mail';

export type NotedDeploy = RefusedDeploy & { readonly settings: Settings; readonly nowMs: number };

/**
 * Counts it; answers false, and nothing is counted, where deploying is allowed by now. Throws `not_found` without the
 * workspace. Only the first of a day's of a model and version takes the workspace's row: a thousand more wait for nobody
 * but each other.
 */
export async function noteRefusedDeploy(trx: Trx, { settings, nowMs, ...deploy }: NotedDeploy): Promise<boolean> {
  const { workspace } = deploy;
  const facts = await readGate(trx, { workspace, nowMs });
  if (facts === undefined) throw noSuchWorkspace(workspace);
  const { reason, message } = gateOf(facts);
  if (reason === undefined || message === undefined) return false;
  const times = await countRefusedDeploy(trx, { ...deploy, reason, nowMs });
  if (times > 1) return true;
  await lockWorkspaceRow(trx, workspace);
  await writeRefusedDeployMail(trx, { deploy, refusal: { reason, message }, settings, nowMs });
  return true;
}
