// An e-mail is put up again, for whoever holds a Temporal client. Which sending it will be is read first: the second step may
// be done twice, and sends once. Three actions, and those of the sending, which is a workflow of its own.
import { setCurrentDetails } from '@temporalio/workflow';
import type { ResendArguments } from '../domain/asking';
import { nextResend, resendEmail as resend } from './activities';

export async function resendEmail({ email, to, by }: ResendArguments): Promise<{ readonly isSent: boolean }> {
  const round = await nextResend({ email });
  const { isSent } = await resend({ email, to, by, round });
  setCurrentDetails(isSent ? `put up again as round ${round}` : 'every address has it, or is about to');
  return { isSent };
}
