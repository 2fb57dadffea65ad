// Taking a correction back: its minutes count again, as late usage of the next invoice where their period is closed. Its
// credit notes stay as they are.
import { type Author, audit } from '../db/accounts/audit';
import { lockForCorrection } from '../db/billing/closing';
import { readCorrection, type StoredCorrection, takeBack } from '../db/billing/corrections';
import { listCorrectionNotes, type StoredCreditNote } from '../db/billing/credit-notes-read';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { rollUpAlone } from '../db/metering/hours';
import { holdUsageKeptFrom } from '../db/metering/kept';
import { MinutebookError } from '../domain/errors';
import { formatInstant } from '../domain/period';
import { refuseDroppedRanges } from './correction-refusals';

type Taken = { readonly correction: StoredCorrection; readonly notes: readonly StoredCreditNote[] };

/**
 * Takes a correction back; a second time changes nothing. Minutes that another correction matches stay void. Throws
 * `not_found` where there is no such correction, `usage_not_kept` where the usage that it is about was dropped.
 */
export async function takeCorrectionBack(
  trx: Trx,
  { workspace, key, author }: { readonly workspace: string; readonly key: string; readonly author: Author },
): Promise<Taken> {
  const keptFromMs = await holdUsageKeptFrom(trx);
  const shard = await lockForCorrection(trx, workspace);
  const stored = await readCorrection(trx, { workspace, key });
  if (stored === undefined) throw noSuchCorrection(workspace, key);
  const notes = await listCorrectionNotes(trx, { workspace, keys: [key] });
  if (stored.takenBackAtMs !== null) return { correction: stored, notes };
  refuseDroppedRanges(stored.ranges, keptFromMs);
  await takeBack(trx, { workspace, key, shard, ranges: stored.ranges, nowMs: author.nowMs });
  await rollUpAlone(trx, shard, workspace);
  await wakeGuards(trx, { workspaces: [workspace], nowMs: author.nowMs });
  const after = { key, takenBackAt: formatInstant(author.nowMs) };
  await audit(trx, author, { action: 'correction.taken_back', workspace, before: { key, void: stored.ranges }, after });
  return { correction: { ...stored, takenBackAtMs: author.nowMs }, notes };
}

function noSuchCorrection(workspace: string, key: string): MinutebookError {
  return new MinutebookError({ code: 'not_found', detail: `workspace ${workspace} has no correction ${key}` });
}
