// Payments by Stripe: the port's operations over one client, with the version of the API that the package pins.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';
import { balanceOf } from './balance';
import { type CallRecord, callsOf } from './calls';
import { chargingOf } from './charges';
import { checkoutOf } from './checkout';
import { customersOf } from './customers';
import { disputesOf } from './disputes';
import { eventsOf } from './events';
import { paceOf, sharedPaceOf, type TakeSlots } from './pace';
import { paymentMethodsOf } from './payment-methods';
import type { Payments } from './payments';
import { refundsOf } from './refunds';
import { webhookEndpointOf } from './webhook-endpoint';

export type StripeSettings = {
  /** `sk_live_…`, `sk_test_…`, or a restricted key `rk_…`. */
  readonly secretKey: string;
  /** Where Stripe is, if not at its own address: for emulators and proxies. */
  readonly apiUrl?: string;
  /** How long a call may take, waiting for its turn not counted. */
  readonly timeoutMs?: number;
  /** Stripe counts all of an account's: 100 a second live, 25 in its sandboxes. */
  readonly callsPerSecond?: number;
  /** Where slots are taken from that other processes share; without it this process calls as if it were alone. */
  readonly takeSlots?: TakeSlots;
  readonly onCall?: (record: CallRecord) => void;
};

// A charge waits for the card's bank; half a minute has been seen.
const defaultTimeoutMs = 60_000;
const defaultCallsPerSecond = 20;

/** Nothing is connected before the first call. */
export function paymentsGateway(settings: StripeSettings): Payments {
  const { secretKey, timeoutMs = defaultTimeoutMs, callsPerSecond = defaultCallsPerSecond } = settings;
  const { takeSlots, onCall } = settings;
  const { agent, ...address } = addressOf(settings.apiUrl);
  const client = new Stripe(secretKey, {
    apiVersion: Stripe.API_VERSION,
    // Whether to send again is ours to say. A closed connection the package sends once more even so, under the same key.
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    httpAgent: agent,
    ...address,
  });
  const calls = callsOf({
    client,
    pace: takeSlots === undefined ? paceOf(callsPerSecond) : sharedPaceOf(callsPerSecond, takeSlots),
    isLive: isLiveKey(secretKey),
    timeoutMs,
    ...(onCall === undefined ? {} : { onCall }),
  });
  return {
    ...customersOf(calls),
    ...checkoutOf(calls),
    ...chargingOf(calls),
    ...paymentMethodsOf(calls),
    ...refundsOf(calls),
    ...disputesOf(calls),
    ...balanceOf(calls),
    ...eventsOf(calls),
    ...webhookEndpointOf(calls),
    close: () => agent.destroy(),
  };
}

/** Whether a secret key moves real money. */
export function isLiveKey(secretKey: string): boolean {
  return /^[sr]k_live_/.test(secretKey);
}

function addressOf(apiUrl = 'https://api.stripe.com') {
  const { protocol, hostname, port } = new URL(apiUrl);
  const isPlain = protocol === 'http:';
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port || (isPlain ? 80 : 443),
    protocol: isPlain ? ('http' as const) : ('https' as const),
    agent: isPlain ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true }),
  };
}
