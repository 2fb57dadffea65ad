// What is decided by a workspace's usage waits until all that was reported of it is folded and rolled up.
import type { Db, Trx } from '../db/connection/knex';
import { meterWorkspace } from '../db/metering/hours';
import { readSetAside } from '../db/metering/set-aside-reading';
import { MinutebookError } from '../domain/errors';
import { formatInstant } from '../domain/period';
import type { Connections } from './connections';
import { replayOf } from './replay-quarantine';

// Reports may go on arriving meanwhile; each round folds what came during the one before.
const roundsMax = 20;

/**
 * Does some work in a transaction, and where that answers 'unmetered', meters the workspace and does it again. `refusal` says
 * what cannot be done without. `onProgress` is told whenever something is committed.
 */
export async function onceMetered<T>(
  { db, appender, clock }: Pick<Connections, 'db' | 'appender' | 'clock'>,
  { workspace, refusal, onProgress = () => undefined }: { workspace: string; refusal: string; onProgress?: () => void },
  work: (trx: Trx, nowMs: number) => Promise<T | 'unmetered'>,
): Promise<T> {
  for (let round = 1; round <= roundsMax; round++) {
    const nowMs = await clock();
    const outcome = await db.transaction((trx) => work(trx, nowMs));
    if (outcome !== 'unmetered') return outcome;
    await replayOf({ db, appender, nowMs }, workspace);
    await meterWorkspace(db, workspace, onProgress);
    await refuseSetAside(db, { workspace, refusal });
  }
  throw new MinutebookError({
    code: 'unavailable',
    detail: `${refusal} yet: its usage kept arriving faster than it could be folded; trying again may help`,
  });
}

// It was tried just now, by itself: more rounds would be as much in vain. An activity is tried again, ever more seldom.
async function refuseSetAside(db: Db, { workspace, refusal }: { workspace: string; refusal: string }): Promise<void> {
  const aside = await readSetAside(db, workspace);
  if (aside === undefined) return;
  const since = formatInstant(aside.firstAtMs);
  throw new MinutebookError({
    code: 'internal',
    detail: `${refusal}: its usage has not been metered since ${since}, as ${aside.error}; GET /v1/set-aside lists who is set aside, and it goes on by itself once the cause is mended`,
  });
}
