// What a refund asks for.

import { sendRefund } from '../commands/send-refund';
import type { RefundArguments } from '../domain/delivery';
import type { SentRefund } from '../domain/outcomes';
import { type ActivityDependencies, charging } from './dependencies';

export function createRefundActivities(dependencies: ActivityDependencies) {
  return {
    /** Sends what is not sent yet; doing it again finds it done. Fails, to be tried again, while an outcome is unknown. */
    sendRefund: (of: RefundArguments): Promise<SentRefund> => sendRefund(charging(dependencies), of),
  };
}
