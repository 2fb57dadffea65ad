// How an invoice stands with its collecting: all that is looked at to decide what to do next. Plain data, read under the
// workspace's lock.
import type { Decline } from '../dunning/decline';
import type { InvoiceStatus } from '../invoice';
import type { Cents } from '../money';
import type { Month } from '../period';
import type { Collection } from '../terms';

export type AttemptState =
  /** A session in which the customer may pay. */
  | 'open'
  /** Handed to Stripe, or about to be: nothing is known of it until it is looked up. */
  | 'sending'
  /** A bank debit under way. */
  | 'processing'
  | 'paid'
  | 'declined'
  | 'needs_customer'
  /** Not taken by Stripe, which is a bug of ours or a wrong setting. */
  | 'refused'
  | 'expired'
  | 'never_arrived'
  | 'canceled';

export type Attempt = {
  readonly number: number;
  readonly kind: 'charge' | 'checkout';
  readonly state: AttemptState;
  readonly amountCents: Cents;
  readonly method: string | null;
  readonly fingerprint: string | null;
  readonly madeAtMs: number;
  readonly sentAtMs: number | null;
  readonly settledAtMs: number | null;
  readonly decline: Decline | null;
  readonly session: string | null;
  readonly paymentIntent: string | null;
  /** Its money came back from the bank after it had come in. */
  readonly returned: { readonly decline: Decline; readonly atMs: number } | null;
};

export type Method = {
  readonly id: string;
  readonly type: Decline['methodType'];
  readonly fingerprint: string | null;
  /** `Visa ending 4242` */
  readonly label: string;
  /** When it was added, or last changed by its network or the customer. */
  readonly updatedAtMs: number;
  /** Its issuer said never to charge this card again. */
  readonly isBarred: boolean;
  /** When this card was tried without success within the last 30 days, over all invoices, ascending. */
  readonly attemptsMs: readonly number[];
  /** How many attempts with this card are on their way for other invoices. */
  readonly sending: number;
};

/** What last came in for the invoice. */
export type LastPayment = {
  /** Counted by invoice, from 1 on. */
  readonly nth: number;
  /** What of it was for this invoice. */
  readonly cents: Cents;
  readonly label: string | null;
  readonly receivedAtMs: number;
};

export type Mailed = {
  readonly key: string;
  readonly datedAtMs: number;
  /** "Invoice N, paid": the receipt of what came in before it. */
  readonly isReceipt: boolean;
};

export type Standing = {
  readonly workspace: string;
  readonly invoice: string;
  readonly number: number;
  readonly month: Month;
  readonly status: InvoiceStatus;
  readonly collection: Collection;
  readonly issuedAtMs: number;
  readonly dueAtMs: number;
  readonly totalCents: Cents;
  readonly remainingCents: Cents;
  /** Other invoices of the workspace that are too small to be charged alone, oldest first, with this one in its place. */
  readonly owed: readonly { readonly id: string; readonly remainingCents: Cents }[];
  /** Ascending by number. At most one is in flight. */
  readonly attempts: readonly Attempt[];
  readonly method: Method | null;
  /** At Stripe; null where nobody ever needed one. */
  readonly customer: string | null;
  readonly isDisputed: boolean;
  /** Methods by which this invoice was paid and the money lost again to a dispute: not to be charged for it any more. */
  readonly lostMethods: readonly string[];
  readonly lastPayment: LastPayment | null;
  /** E-mails about this invoice. */
  readonly mailed: readonly Mailed[];
};

const inFlightStates: ReadonlySet<AttemptState> = new Set(['open', 'sending', 'processing']);

/** The one attempt of which the outcome is not known yet. */
export function attemptInFlight({ attempts }: Pick<Standing, 'attempts'>): Attempt | undefined {
  return attempts.find(({ state }) => inFlightStates.has(state));
}
