// Every call of Stripe's API that the emulator answers.

import type { Endpoint, Method } from './protocol/endpoint';
import { checkoutSessions } from './resources/checkout-sessions';
import { customers } from './resources/customers';
import { paymentIntents } from './resources/payment-intents';
import { paymentMethods } from './resources/payment-methods';
import { setupIntents } from './resources/setup-intents';

const endpoints: readonly Endpoint[] = [
  ...customers,
  ...paymentMethods,
  ...setupIntents,
  ...paymentIntents,
  ...checkoutSessions,
];

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
