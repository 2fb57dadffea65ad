// Closing a billing period early: noted in Postgres, and its workflow told.

import { type Author, audit } from '../db/accounts/audit';
import { readWorkspace } from '../db/accounts/workspaces';
import { readPeriod, type StoredPeriod } from '../db/billing/period-reading';
import { requestClose } from '../db/billing/periods';
import type { Trx } from '../db/connection/knex';
import { deliver } from '../db/outbox';
import { MinutebookError } from '../domain/errors';
import type { Month } from '../domain/period';

/**
 * Asks for a period's closing, once, and answers whether it is still to come. Throws `not_found` where there is none, `conflict`
 * where it has not begun.
 */
export async function closePeriodEarly(
  trx: Trx,
  { workspace, month, author }: { workspace: string; month: Month; author: Author },
): Promise<{ readonly period: StoredPeriod; readonly isToCome: boolean }> {
  await readWorkspace(trx, workspace);
  const before = await readBegun(trx, { workspace, month, nowMs: author.nowMs });
  // Where it waited for somebody else who asked, or for its closing, this is not new any more.
  if (await requestClose(trx, { workspace, month, nowMs: author.nowMs })) {
    await deliver(trx, [{ kind: 'signal', type: 'billingPeriod', signal: 'closeRequested', to: { workspace, month } }]);
    await audit(trx, author, { action: 'period.close_requested', workspace, before: null, after: { month } });
  }
  const period = (await readPeriod(trx, { workspace, month })) ?? before;
  return { period, isToCome: period.closedAtMs === null };
}

async function readBegun(
  trx: Trx,
  { workspace, month, nowMs }: { workspace: string; month: Month; nowMs: number },
): Promise<StoredPeriod> {
  const period = await readPeriod(trx, { workspace, month });
  if (period === undefined) {
    const detail = `workspace ${workspace} has no billing period ${month}; its list of periods says which there are`;
    throw new MinutebookError({ code: 'not_found', detail });
  }
  if (period.startsAtMs > nowMs) {
    throw new MinutebookError({ code: 'conflict', detail: `${month} has not begun yet: it cannot be closed` });
  }
  return period;
}
