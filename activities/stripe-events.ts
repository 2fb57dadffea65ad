// What following Stripe's events asks for.

import { applyStripeEvent } from '../commands/apply-stripe-event';
import { type Reread, rereadPayments } from '../commands/reread-payments';
import { type Swept, sweepStripeEvents } from '../commands/sweep-stripe-events';
import type { StripeEventArguments } from '../domain/delivery';
import { type ActivityDependencies, charging } from './dependencies';

export function createStripeEventActivities(dependencies: ActivityDependencies) {
  const { heartbeat } = dependencies;
  return {
    /** Reads what an event is about anew and applies it; doing it again finds it done. Answers what came of it. */
    applyEvent: (of: StripeEventArguments): Promise<string> => applyStripeEvent(charging(dependencies), of),

    /** Lists events and stores those that no webhook brought. Answers how many. */
    sweepEvents: (): Promise<Swept> => sweepStripeEvents(charging(dependencies), heartbeat),

    /** Reads anew what should have come to an end by now. Answers how much that was. */
    rereadOverdue: (): Promise<Reread> => rereadPayments(charging(dependencies), heartbeat),
  };
}
