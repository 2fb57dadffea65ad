// The HTTP API as typed calls. Every call is idempotent, so whatever may help is tried again: the API away, too busy, a
// connection cut after the call but before its answer.

import { callingWith } from './calling';
import { correctionCalls } from './calls/corrections';
import { creditCalls } from './calls/credits';
import { guardCalls } from './calls/guard';
import { invoiceCalls } from './calls/invoices';
import { operatingCalls } from './calls/operating';
import { paymentCalls } from './calls/payments';
import { usageCalls } from './calls/usage';
import { webhookCalls } from './calls/webhooks';
import { workspaceCalls } from './calls/workspaces';
import type { ClientOptions } from './persevering';

export type { AuditOf, Deploy, EpisodesOf, HourRange, OfLine, OfPeriod } from './calling';
export { Listing, type Tagged } from './listing';
export type { ClientOptions } from './persevering';

// Named one by one, so that what stands beside each call is seen where it is called.
type Calls = ReturnType<typeof operatingCalls> &
  ReturnType<typeof usageCalls> &
  ReturnType<typeof workspaceCalls> &
  ReturnType<typeof creditCalls> &
  ReturnType<typeof guardCalls> &
  ReturnType<typeof invoiceCalls> &
  ReturnType<typeof paymentCalls> &
  ReturnType<typeof correctionCalls> &
  ReturnType<typeof webhookCalls>;

export type Client = Calls & {
  /** The same calls under other options, such as a deadline or an idempotency key for one call. A signal ends them beside this one's. */
  readonly with: (other: Partial<ClientOptions>) => Client;
};

/**
 * Calls of the API with one key, each under its operationId in the API's own description. Each rejects with a
 * ProblemError when it is refused, and with an UnreachableError when patience ends without an answer. Amounts are
 * decimal strings in US dollars, times RFC 3339 in UTC. Lists are awaited whole, or iterated with `for await`.
 */
export function createClient(options: ClientOptions): Client {
  return {
    ...callsOf(options),
    with: (other) => createClient({ ...options, ...other, ...eitherSignal(options, other) }),
  };
}

function eitherSignal(one: Partial<ClientOptions>, other: Partial<ClientOptions>): Pick<ClientOptions, 'signal'> {
  const signals = [one.signal, other.signal].filter((signal) => signal !== undefined);
  return signals.length === 0 ? {} : { signal: AbortSignal.any(signals) };
}

function callsOf(options: ClientOptions): Calls {
  const calling = callingWith(options);
  return {
    ...operatingCalls(calling),
    ...usageCalls(calling),
    ...workspaceCalls(calling),
    ...creditCalls(calling),
    ...guardCalls(calling),
    ...invoiceCalls(calling),
    ...paymentCalls(calling),
    ...correctionCalls(calling),
    ...webhookCalls(calling),
  };
}
