// What the chain of workflows has lost is started again: each month is opened by the workflow of the one before, so a
// workflow that was terminated, or has failed, would end the billing of its workspace in silence.

import { listStuck, listUnopened, type StuckPeriod, type UnopenedWorkspace } from '../db/billing/lost-periods';
import { openPeriodsOfMany, startOf } from '../db/billing/periods';
import { deliver } from '../db/outbox';
import type { Delivery } from '../domain/delivery';
import { monthOf, monthsFrom, nextMonth } from '../domain/period';
import type { Connections, Settings } from './connections';

/** How many periods were opened that nobody had opened, and how many had their workflow started anew. */
export type MendedPeriods = { readonly opened: number; readonly restarted: number };

// A transaction each: nobody waits long for its locks, and what was mended stays mended.
const aChunk = 500;

/**
 * Puts starts into the outbox for whatever is missing or stuck. Where the workflow runs after all, its start is nothing;
 * where it was terminated or has failed, it begins again. Only what is not closed in Postgres is ever started.
 */
export async function mendPeriods(
  { db, clock, settings }: Connections,
  onProgress: () => void = () => undefined,
): Promise<MendedPeriods> {
  const nowMs = await clock();
  const { closeSpreadMs } = settings;
  let opened = 0;
  for (const chunk of chunks(await listUnopened(db, { nowMs }))) {
    const periods = chunk.flatMap((workspace) => missingPeriods(workspace, nowMs));
    const now = await db.transaction((trx) => openPeriodsOfMany(trx, { periods, nowMs, closeSpreadMs }));
    opened += now.length;
    onProgress();
  }
  const stuck = await listStuck(db, { nowMs, ...settings });
  for (const chunk of chunks(stuck)) {
    await db.transaction((trx) =>
      deliver(
        trx,
        chunk.flatMap((period) => restart(period, settings)),
      ),
    );
    onProgress();
  }
  return { opened, restarted: stuck.length };
}

/** From the month after the last that was opened to the running one. */
function missingPeriods({ workspace, lastMonth, startsAtMs }: UnopenedWorkspace, nowMs: number) {
  const first = lastMonth === null ? monthOf(startsAtMs) : nextMonth(lastMonth);
  return monthsFrom(first, monthOf(nowMs)).map((month) => ({ workspace, month }));
}

function restart(period: StuckPeriod, { closeSpreadMs }: Settings): readonly Delivery[] {
  const { workspace, month, isNextOpen, isRequested } = period;
  const start = startOf({ workspace, month }, { closeSpreadMs, isNextOpen });
  // Who was told to close early may be gone, and the new workflow has not been told.
  if (!isRequested) return [start];
  return [start, { kind: 'signal', type: 'billingPeriod', signal: 'closeRequested', to: { workspace, month } }];
}

function* chunks<Each>(all: readonly Each[]): Generator<readonly Each[]> {
  for (let from = 0; from < all.length; from += aChunk) yield all.slice(from, from + aChunk);
}
