// What is decided by a workspace's usage waits until all that was reported of it is folded and rolled up.
import type { Db, Trx } from '../db/connection/knex';
import { meterWorkspace } from '../db/metering/hours';
import { readSetAside } from '../db/metering/set-aside-reading';
import { MinutebookError } from '../domain/errors';
import { formatInstant } from '../domain/period';
import type { Connections } from './connections';
import { replayQuarantine } from './record-usage';

// Reports may go on arriving meanwhile; each round folds what came during the one before.
const roundsMax = 20;

/**
 * Does some work in a transaction, and where that answers 'unmetered', meters the workspace and does it again. `what` begins
 * the sentence that says what could not be done. `onProgress` is told whenever something is committed.
 */
export async function onceMetered<T>(
  { db, appender, clock }: Pick<Connections, 'db' | 'appender' | 'clock'>,
  { workspace, what, onProgress = () => undefined }: { workspace: string; what: string; onProgress?: () => void },
  work: (trx: Trx, nowMs: number) => Promise<T | 'unmetered'>,
): Promise<T> {
  for (let round = 1; round <= roundsMax; round++) {
    const nowMs = await clock();
    const outcome = await db.transaction((trx) => work(trx, nowMs));
    if (outcome !== 'unmetered') return outcome;
    await replayQuarantine(db, appender, { workspace, nowMs });
    await meterWorkspace(db, workspace, onProgress);
    await refuseSetAside(db, { workspace, what });
  }
  throw new MinutebookError({
    code: 'unavailable',
    detail: `usage of ${workspace} kept arriving faster than it could be folded: ${what} later; try again`,
  });
}

// It was tried just now, by itself: more rounds would be as much in vain.
async function refuseSetAside(db: Db, { workspace, what }: { workspace: string; what: string }): Promise<void> {
  const aside = await readSetAside(db, workspace);
  if (aside === undefined) return;
  const since = formatInstant(aside.firstAtMs);
  throw new MinutebookError({
    code: 'internal',
    detail: `${what} only later: usage of ${workspace} has not been metered since ${since}, as ${aside.error}; GET /v1/set-aside lists who is set aside, and it goes on by itself once the cause is mended`,
  });
}
