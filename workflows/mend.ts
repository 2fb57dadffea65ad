// Once a day: whatever the chain of workflows has lost is started again. In a healthy world there is nothing.
import { log, setCurrentDetails } from '@temporalio/workflow';
import type { MendedPeriods } from '../activities';
import { mendPeriods } from './activities';

export async function mend(): Promise<MendedPeriods> {
  const mended = await mendPeriods();
  const { opened, restarted } = mended;
  setCurrentDetails(`opened ${opened} months that were missing, started ${restarted} stuck periods again`);
  if (opened + restarted > 0) log.warn('billing periods had been lost and were started again', mended);
  return mended;
}
