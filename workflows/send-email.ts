// One sending of an e-mail. Temporal tries the activity again for five days, ever more seldom, until each address has the
// mail or is known not to get it; what became of which stands in Postgres. Two Temporal actions in all.
import { setCurrentDetails } from '@temporalio/workflow';
import type { SendEmailArguments } from '../domain/delivery';
import type { EmailOutcome } from '../domain/outcomes';
import { deliverEmail } from './activities';

export async function sendEmail(sending: SendEmailArguments): Promise<EmailOutcome> {
  const outcome = await deliverEmail(sending);
  setCurrentDetails(`${outcome.sent} of ${outcome.sent + outcome.failed} addresses have it`);
  return outcome;
}
