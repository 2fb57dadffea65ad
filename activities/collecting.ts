// What the collecting of an invoice asks for.

import { collectPayment } from '../commands/collect-payment';
import type { Collected } from '../domain/outcomes';
import type { ActivityDependencies } from './dependencies';

export function createCollectingActivities(dependencies: ActivityDependencies) {
  return {
    /** Collects as far as it goes now, or answers what it waits for. Doing it again finds it done, and carries on. */
    collect: (of: { readonly invoice: string }): Promise<Collected> => collectPayment(dependencies, of),
  };
}
