// What a judgement has to tell the customer: at most one thing, the gravest.
import type { Nanos } from '../money';

export type SuspensionReason = 'credits' | 'past_due' | 'operator';
/** What is stopped: new deployments alone, or the models, too. */
export type SuspensionScope = 'deploys' | 'models';

export type Notice =
  /** Half of the credits, four fifths, or all of them are used. */
  | { readonly kind: 'credits_used'; readonly percent: 50 | 80 | 100 }
  /** At the present burn they last for less than a day. */
  | { readonly kind: 'credits_short' }
  | { readonly kind: 'suspended'; readonly reason: SuspensionReason; readonly scope: SuspensionScope }
  | { readonly kind: 'restored'; readonly because: 'method' | 'credits' | 'paid' | 'operator' };

/** What a notice says beside its kind; instants in epoch milliseconds. */
export type NoticeFacts = {
  readonly workspace: string;
  readonly notice: Notice;
  /** Of the grants valid now: given, and left. */
  readonly grantedNanos: Nanos;
  readonly remainingNanos: Nanos;
  readonly burnNanosPerHour: Nanos;
  /** When credits will be gone; null where nothing burns. */
  readonly zeroAtMs: number | null;
  readonly hasMethod: boolean;
  /** Names of the models that are stopped, or go on. */
  readonly models: readonly string[];
  /** Makes the e-mail's key: how many grants there have been (crossings), or the suspension's number. */
  readonly occasion: number;
};
