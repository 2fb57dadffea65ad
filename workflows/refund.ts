// A refund: its parts are sent to Stripe, one after the other. What becomes of those that banks take days for, Stripe's events
// tell. Two Temporal actions in all.
import { setCurrentDetails } from '@temporalio/workflow';
import type { RefundArguments } from '../domain/delivery';
import type { SentRefund } from '../domain/outcomes';
import { sendRefund } from './activities';

export async function refund(of: RefundArguments): Promise<SentRefund> {
  const sent = await sendRefund(of);
  setCurrentDetails(`${sent.parts} sent: ${sent.state}`);
  return sent;
}
