// A payment method that is out of use is detached at the processor, after whatever payment with it is under way: a bank debit
// takes days. Two Temporal actions where none is.
import { setCurrentDetails, sleep } from '@temporalio/workflow';
import type { DetachMethodArguments } from '../domain/delivery';
import { detachMethod as detach } from './activities';

export async function detachMethod(of: DetachMethodArguments): Promise<void> {
  while ((await detach(of)) === 'in_flight') {
    setCurrentDetails('a payment with it is under way; looked at again every six hours');
    await sleep('6 hours');
  }
}
