// The activities: thin; they read, ask the domain, and write.

import { openPeriods } from '../db/periods';
import { nextMonth } from '../domain/period';
import type { Activities, ActivityDependencies } from './interface';
import { createFinalizeInvoice } from './invoices';
import { createMeteringActivities } from './metering';

export type { Activities, ActivityDependencies, Finalized, ShardGroup } from './interface';

export function createActivities(dependencies: ActivityDependencies): Activities {
  const { db, clock, settings } = dependencies;
  return {
    finalizeInvoice: createFinalizeInvoice(dependencies),
    openNextPeriod: async ({ workspace, month }) => {
      const nowMs = await clock();
      const { closeSpreadMs } = settings;
      await db.transaction((trx) => openPeriods(trx, { workspace, months: [nextMonth(month)], nowMs, closeSpreadMs }));
    },
    ...createMeteringActivities(dependencies),
  };
}
