// What a billing period asks for.

import { finalizeInvoice } from '../commands/finalize-invoice';
import { openPeriods } from '../db/billing/periods';
import type { Finalized } from '../domain/closing';
import { type Month, nextMonth } from '../domain/period';
import type { ActivityDependencies } from './dependencies';

type Period = { readonly workspace: string; readonly month: Month };

export function createBillingActivities(dependencies: ActivityDependencies) {
  const { db, clock, heartbeat, settings } = dependencies;
  return {
    /** Closes a period, or answers what it waits for. Doing it again answers the same invoice. */
    finalizeInvoice: (period: Period): Promise<Finalized> => finalizeInvoice(dependencies, period, heartbeat),

    /** Opens the month after `month`, with its workflow; does nothing where it is open already. */
    openNextPeriod: async ({ workspace, month }: Period): Promise<void> => {
      const nowMs = await clock();
      const { closeSpreadMs } = settings;
      await db.transaction((trx) => openPeriods(trx, { workspace, months: [nextMonth(month)], nowMs, closeSpreadMs }));
    },
  };
}
