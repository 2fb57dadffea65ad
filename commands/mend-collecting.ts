// What collecting has lost is started again, and customers who have not heard of an invoice hear of it.

import { lockWorkspaceRow } from '../db/locks';
import { deliver } from '../db/outbox';
import { type LostCollecting, listLostCollecting, listUnheard, listUntold } from '../db/payments/lost';
import { wakeCollecting } from '../db/payments/waking';
import type { Delivery } from '../domain/delivery';
import type { Connections } from './connections';
import { assertNoneFailed, oneByOne } from './one-by-one';
import { writeUntoldMail } from './write-collecting-mail';

/** How many invoices are collected again, and of how many an e-mail was written late. */
export type MendedCollecting = { readonly collected: number; readonly told: number };

// A transaction each: nobody waits long for its locks, and what was mended stays mended.
const aChunk = 500;

/**
 * Puts starts into the outbox for unpaid invoices that nobody seems to look after. Where the workflow runs after all, its
 * start is nothing.
 */
export async function mendCollecting(
  { db, clock, settings }: Pick<Connections, 'db' | 'clock' | 'settings'>,
  onProgress: () => void = () => undefined,
): Promise<MendedCollecting> {
  const nowMs = await clock();
  const lost = await listLostCollecting(db, { nowMs, ...settings });
  for (let from = 0; from < lost.length; from += aChunk) {
    const chunk = lost.slice(from, from + aChunk);
    await db.transaction(async (trx) => {
      await deliver(trx, chunk.filter(({ isEnded }) => !isEnded).map(startOf));
      await wakeCollecting(
        trx,
        chunk.filter(({ isEnded }) => isEnded).map(({ invoice }) => invoice),
      );
    });
    onProgress();
  }
  // What ended them has not been heard of by their workflows.
  const unheard = await listUnheard(db, { nowMs });
  await db.transaction((trx) => wakeCollecting(trx, unheard));
  const untold = settings.isMailing ? await listUntold(db, { nowMs }) : [];
  const failures = await oneByOne(untold, async ({ workspace, invoice }) => {
    await db.transaction(async (trx) => {
      await lockWorkspaceRow(trx, workspace);
      await writeUntoldMail(trx, { invoice, settings, nowMs });
    });
    onProgress();
  });
  assertNoneFailed(failures, { of: `${untold.length} invoices that nobody heard of`, what: 'could not be told of' });
  return { collected: lost.length, told: untold.length };
}

function startOf({ isEnded: _, ...collecting }: LostCollecting): Delivery {
  return { kind: 'start', type: 'collectPayment', arguments: collecting };
}
