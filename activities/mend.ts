// What the daily mending asks for.

import { type MendedCollecting, mendCollecting } from '../commands/mend-collecting';
import { type MendedGuards, mendGuards } from '../commands/mend-guards';
import { type MendedMethods, mendMethods } from '../commands/mend-methods';
import { type MendedPeriods, mendPeriods } from '../commands/mend-periods';
import { type MendedRefunds, mendRefunds } from '../commands/mend-refunds';
import { mendWebhooks } from '../commands/mend-webhooks';
import { removeExpiredCalls } from '../db/accounts/idempotent-calls';
import { removeOldPageVisits } from '../db/accounts/page-visits';
import { dayMs } from '../domain/period';
import type { ActivityDependencies } from './dependencies';

// So long whoever comes back to a billing page that is closed is shown the way.
const visitsKeptForMs = 7 * dayMs;

export function createMendActivities(dependencies: ActivityDependencies) {
  return {
    /**
     * Starts what the chains of billing periods, of collecting, of refunds, of detaching and of guards have lost, and tells
     * what is due by the day. Billing pages that were closed long ago are forgotten, and so are old events and answers that
     * are kept no longer.
     */
    mendPeriods: async (): Promise<MendedPeriods & MendedCollecting & MendedRefunds & MendedMethods & MendedGuards> => {
      const { heartbeat: onStep } = dependencies;
      const periods = await apart(() => mendPeriods(dependencies, onStep));
      const collecting = await apart(() => mendCollecting(dependencies, onStep));
      const refunds = await apart(() => mendRefunds(dependencies, onStep));
      const methods = await apart(() => mendMethods(dependencies, onStep));
      const guards = await apart(() => mendGuards(dependencies, onStep));
      const nowMs = await dependencies.clock();
      const { db } = dependencies;
      const visits = await apart(() => removeOldPageVisits(db, { overBeforeMs: nowMs - visitsKeptForMs, onStep }));
      const calls = await apart(() => removeExpiredCalls(db, { nowMs, onStep }));
      const webhooks = await apart(() => mendWebhooks(dependencies, onStep));
      for (const isDone of [visits, calls, webhooks]) isDone();
      return { ...periods(), ...collecting(), ...refunds(), ...methods(), ...guards() };
    },
  };
}

// One part that fails, every day maybe, keeps none of the others from being done: it fails when it is asked what came of it.
async function apart<Mended>(mend: () => Promise<Mended>): Promise<() => Mended> {
  try {
    const mended = await mend();
    return () => mended;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
