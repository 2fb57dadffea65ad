// What a billing period asks for.

import { closePeriodEarly } from '../commands/close-period';
import { previewInvoice } from '../commands/coming-bill';
import { finalizeInvoice } from '../commands/finalize-invoice';
import { openPeriods } from '../db/billing/periods';
import { readSnapshot } from '../db/connection/snapshot';
import { type AskedBy, actorOf, type PreviewArguments } from '../domain/asking';
import type { Finalized } from '../domain/closing';
import type { PreviewedInvoice } from '../domain/outcomes';
import { type Month, nextMonth } from '../domain/period';
import type { ActivityDependencies } from './dependencies';

type Period = { readonly workspace: string; readonly month: Month };

export function createBillingActivities(dependencies: ActivityDependencies) {
  const { db, clock, heartbeat, settings } = dependencies;
  return {
    /** Closes a period, or answers what it waits for. Doing it again answers the same invoice. */
    finalizeInvoice: (period: Period): Promise<Finalized> => finalizeInvoice(dependencies, period, heartbeat),

    /** Notes that a period is to be closed early. Throws `not_found`, and `conflict` where it has not begun. */
    requestClosing: async ({ workspace, month, ...asked }: Period & AskedBy): Promise<void> => {
      const author = { actor: actorOf(asked), nowMs: await clock() };
      await db.transaction((trx) => closePeriodEarly(trx, { workspace, month, author }));
    },

    /** What the coming invoice would say now. */
    previewInvoice: async ({ workspace, month }: PreviewArguments): Promise<PreviewedInvoice> => {
      const nowMs = await clock();
      return readSnapshot(db, (trx) => previewInvoice(trx, { workspace, period: month, nowMs }));
    },

    /** Opens the month after `month`, with its workflow; does nothing where it is open already. */
    openNextPeriod: async ({ workspace, month }: Period): Promise<void> => {
      const nowMs = await clock();
      const { closeSpreadMs } = settings;
      await db.transaction((trx) => openPeriods(trx, { workspace, months: [nextMonth(month)], nowMs, closeSpreadMs }));
    },
  };
}
