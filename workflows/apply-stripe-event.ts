// One of Stripe's events is applied, once: two Temporal actions.
import { setCurrentDetails } from '@temporalio/workflow';
import type { StripeEventArguments } from '../domain/delivery';
import { applyEvent } from './activities';

export async function applyStripeEvent(of: StripeEventArguments): Promise<string> {
  const outcome = await applyEvent(of);
  setCurrentDetails(outcome);
  return outcome;
}
