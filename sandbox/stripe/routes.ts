// Every call of Stripe's API that the emulator answers.

import type { Endpoint, Method } from './protocol/endpoint';
import { balance } from './resources/balance';
import { charges } from './resources/charges';
import { checkoutSessions } from './resources/checkout-sessions';
import { customers } from './resources/customers';
import { disputes } from './resources/disputes';
import { events } from './resources/events';
import { paymentIntents } from './resources/payment-intents';
import { paymentMethods } from './resources/payment-methods';
import { refunds } from './resources/refunds';
import { setupIntents } from './resources/setup-intents';
import { webhookEndpoints } from './resources/webhook-endpoints';

const endpoints: readonly Endpoint[] = [
  ...customers,
  ...paymentMethods,
  ...setupIntents,
  ...paymentIntents,
  ...checkoutSessions,
  ...charges,
  ...refunds,
  ...disputes,
  ...balance,
  ...events,
  ...webhookEndpoints,
];

/** Such as `POST /v1/payment_intents/:id/confirm`. */
export function paths(): readonly string[] {
  return endpoints.map(({ method, path }) => `${method} ${path}`).sort();
}

export type Found = { readonly endpoint: Endpoint; readonly id: string };

export function find(method: Method, address: string): Found | undefined {
  const parts = address.split('/');
  for (const endpoint of endpoints) {
    const pattern = endpoint.path.split('/');
    const isMatch =
      pattern.length === parts.length && pattern.every((part, at) => part === ':id' || part === parts[at]);
    // Fixed words come before ids in every group, so that the first match is the right one.
    if (endpoint.method === method && isMatch) return { endpoint, id: parts[pattern.indexOf(':id')] ?? '' };
  }
  return undefined;
}
