// What the sending of an e-mail asks for.

import { type EmailOutcome, sendEmail } from '../commands/send-email';
import { type DisablingTold, tellEndpointDisabled } from '../commands/tell-endpoint-disabled';
import type { DeliverWebhooksArguments, SendEmailArguments } from '../domain/delivery';
import type { ActivityDependencies } from './dependencies';

export function createMailActivities(dependencies: ActivityDependencies) {
  return {
    /** Hands the mail over for each address that does not have it. Fails, to be tried again, while one is to be waited for. */
    deliverEmail: (sending: SendEmailArguments): Promise<EmailOutcome> => sendEmail(dependencies, sending),
    /** Tells whoever runs this Minutebook that an endpoint was disabled. Fails, to be tried again, while it is to be waited for. */
    tellEndpointDisabled: (of: DeliverWebhooksArguments): Promise<DisablingTold> =>
      tellEndpointDisabled(dependencies, of),
  };
}
