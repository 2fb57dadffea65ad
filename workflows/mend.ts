// Once a day: whatever the chain of workflows has lost is started again. In a healthy world there is nothing.
import { log, setCurrentDetails } from '@temporalio/workflow';
import type { MendedCollecting, MendedGuards, MendedMethods, MendedPeriods, MendedRefunds } from '../activities';
import { mendPeriods } from './activities';

export async function mend(): Promise<MendedPeriods & MendedCollecting & MendedRefunds & MendedMethods & MendedGuards> {
  const mended = await mendPeriods();
  const { opened, restarted, collected, told, refundsBegun, refundsSent, detached, expiring } = mended;
  const { guardsStarted, guardsWoken } = mended;
  setCurrentDetails(
    `opened ${opened} months that were missing, started ${restarted} stuck periods and the collecting of ${collected} invoices again, told of ${told} late; began ${refundsBegun} refunds that were due, sent ${refundsSent} again; started ${detached} detachings again, told of ${expiring} cards that expire; started ${guardsStarted} guards that were missing, woke ${guardsWoken} that were late`,
  );
  if (opened + restarted > 0) log.warn('billing periods had been lost and were started again', mended);
  return mended;
}
