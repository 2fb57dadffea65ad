// What credit notes left to be refunded and nobody began: payments were off, a dispute was in the way. And refunds that were
// written and of which nothing was heard since.

import { lockWorkspaceRow } from '../db/locks';
import { deliver } from '../db/outbox';
import { listUnsentRefunds, listWaitingForRefund } from '../db/payments/refunds';
import { hourMs } from '../domain/period';
import type { Connections } from './connections';
import { assertNoneFailed, oneByOne } from './one-by-one';
import { refundCredited } from './refund-credited';

/** How many refunds were begun, and how many are sent again. */
export type MendedRefunds = { readonly refundsBegun: number; readonly refundsSent: number };

const aPage = 500;

/** Begins and starts them; where the workflow of one runs after all, its start is nothing. */
export async function mendRefunds(
  { db, clock, settings }: Pick<Connections, 'db' | 'clock' | 'settings'>,
  onProgress: () => void = () => undefined,
): Promise<MendedRefunds> {
  if (!settings.isCharging) return { refundsBegun: 0, refundsSent: 0 };
  const nowMs = await clock();
  let begun = 0;
  let waiting = 0;
  const failures: unknown[] = [];
  for (let after = ''; ; ) {
    const page = await listWaitingForRefund(db, { after, limit: aPage });
    waiting += page.length;
    const failed = await oneByOne(page, async ({ workspace, invoice }) => {
      begun += await db.transaction(async (trx) => {
        await lockWorkspaceRow(trx, workspace);
        return refundCredited(trx, { invoice, settings, nowMs });
      });
      onProgress();
    });
    failures.push(...failed);
    const last = page.at(-1);
    if (last === undefined || page.length < aPage) break;
    after = last.invoice;
  }
  const unsent = await listUnsentRefunds(db, { beforeMs: nowMs - hourMs, limit: aPage });
  await db.transaction((trx) =>
    deliver(
      trx,
      unsent.map((refund) => ({ kind: 'start', type: 'refund', arguments: refund })),
    ),
  );
  assertNoneFailed(failures, { of: `${waiting} invoices with money to go back`, what: 'could not be refunded' });
  return { refundsBegun: begun, refundsSent: unsent.length };
}
