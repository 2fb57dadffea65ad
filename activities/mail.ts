// What the sending of an e-mail asks for.

import { nextResend, resendEmail } from '../commands/resend-email';
import { sendEmail } from '../commands/send-email';
import { tellEndpointDisabled } from '../commands/tell-endpoint-disabled';
import { actorOf, type ResendArguments } from '../domain/asking';
import type { DeliverWebhooksArguments, SendEmailArguments } from '../domain/delivery';
import type { DisablingTold, EmailOutcome } from '../domain/outcomes';
import type { ActivityDependencies } from './dependencies';

export function createMailActivities(dependencies: ActivityDependencies) {
  return {
    /** The round that a resend of an e-mail would be now: with it, asking twice sends once. */
    nextResend: ({ email }: { readonly email: string }): Promise<number> => nextResend(dependencies.db, email),

    /** Puts an e-mail up again, unless that round was begun. Answers whether anything is to be sent. */
    resendEmail: async ({ email, to, round, ...asked }: Omit<ResendArguments, 'key'> & { readonly round: number }) => {
      const author = { actor: actorOf(asked), nowMs: await dependencies.clock() };
      return dependencies.db.transaction(async (trx) => {
        const { isSent } = await resendEmail(trx, { key: email, to, round, author });
        return { isSent };
      });
    },

    /** Hands the mail over for each address that does not have it. Fails, to be tried again, while one is to be waited for. */
    deliverEmail: (sending: SendEmailArguments): Promise<EmailOutcome> => sendEmail(dependencies, sending),
    /** Tells whoever runs this Minutebook that an endpoint was disabled. Fails, to be tried again, while it is to be waited for. */
    tellEndpointDisabled: (of: DeliverWebhooksArguments): Promise<DisablingTold> =>
      tellEndpointDisabled(dependencies, of),
  };
}
