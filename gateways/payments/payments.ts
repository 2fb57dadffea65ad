// The port of payments: what is asked of the provider, and what may become of it. Amounts are whole cents of US dollars.
//
// Outcomes are values, and an unknown one is a case of its own, so that nobody takes it for a failure. Every operation may
// throw `payments_misconfigured` (the key, its rights, its mode or the pinned version are refused: somebody has to mend the
// settings). Those that only read, or that may be repeated at will, throw `unavailable` where the provider is away, slow or
// busy, and `internal` where it refuses what only a bug can ask of it.

import type { Decline } from '../../domain/dunning/decline';
import type { Cents } from '../../domain/money';

export type MethodType = Decline['methodType'];

/** Written on what is made for an attempt, so that it is found and understood by what the provider holds alone. */
export type AttemptMarks = { readonly workspace: string; readonly invoice: string; readonly attempt: string };

/** What of a payment, refund or dispute reaches the balance; signed as the provider books it, net = amount - fee. */
export type Booking = {
  readonly balanceTransaction: string;
  readonly amountCents: Cents;
  readonly feeCents: Cents;
  readonly netCents: Cents;
};

/** Not taken, and no repetition helps: a bug of ours, or something that is not there. `why` is for operators. */
export type Refused = { readonly kind: 'refused'; readonly code: string | null; readonly why: string };
/** Not carried out: to be sent again later, under the same key. */
export type RateLimited = { readonly kind: 'rate_limited'; readonly why: string };
/**
 * It may have been carried out: to be looked up. `isReplay`: an error that is kept under the key and told again for a day,
 * so that, where looking up finds nothing, only another key helps.
 */
export type Unknown = { readonly kind: 'unknown'; readonly why: string; readonly isReplay?: boolean };

export type IntentOutcome =
  /** `booking` is null until the provider has booked it. */
  | {
      readonly kind: 'paid';
      readonly paymentIntent: string;
      readonly charge: string | null;
      readonly amountCents: Cents;
      readonly booking: Booking | null;
    }
  /** A bank debit under way: days may pass. */
  | { readonly kind: 'processing'; readonly paymentIntent: string; readonly charge: string | null }
  | {
      readonly kind: 'declined';
      readonly decline: Decline;
      readonly paymentIntent: string | null;
      readonly charge: string | null;
    }
  /**
   * Nothing is paid until the customer acts. `isOpen`: this same intent may still be paid, so it is to be cancelled before
   * another attempt; otherwise it is done with, and takes a payment with the customer there.
   */
  | {
      readonly kind: 'needsCustomer';
      readonly decline: Decline;
      readonly paymentIntent: string | null;
      readonly isOpen: boolean;
    }
  | { readonly kind: 'canceled'; readonly paymentIntent: string; readonly reason: string | null }
  | Unknown;

export type ChargeOutcome = IntentOutcome | Refused | RateLimited;

/** A payment as the provider has it: enough to rebuild its attempt. `marks` is null where it is not one of ours. */
export type IntentReading = {
  readonly paymentIntent: string;
  readonly createdMs: number;
  readonly customer: string | null;
  readonly paymentMethod: string | null;
  /** What was asked for; what was received is in the outcome. */
  readonly amountCents: Cents;
  readonly marks: AttemptMarks | null;
  readonly outcome: IntentOutcome;
};

export type OpenedSession =
  /** `url` is the provider's page, good until `expiresAtMs`. */
  { readonly kind: 'session'; readonly id: string; readonly url: string; readonly expiresAtMs: number } | Refused;

export type SessionReading = {
  readonly id: string;
  readonly mode: 'setup' | 'payment' | 'unknown';
  readonly status: 'open' | 'complete' | 'expired' | 'unknown';
  /** Whether the money is there: a bank debit is `unpaid` for days after the session is complete. */
  readonly paymentStatus: 'paid' | 'unpaid' | 'no_payment_required' | 'unknown';
  readonly customer: string | null;
  /** Null once it is not open any more. */
  readonly url: string | null;
  readonly expiresAtMs: number;
  /** Of a setup; `paymentMethod` once it succeeded. */
  readonly setup: {
    readonly setupIntent: string;
    readonly paymentMethod: string | null;
    readonly mandate: string | null;
  } | null;
  /** Of a payment, from when the customer submitted it. */
  readonly payment: IntentReading | null;
};

export type ExpiredSession =
  | { readonly kind: 'expired' }
  /** It stays as it is: complete or being paid. Nothing else is to be charged for it meanwhile. */
  | { readonly kind: 'refused'; readonly session: SessionReading };

export type PaymentMethod = {
  readonly id: string;
  readonly type: MethodType | 'unknown';
  /** Of a card: `visa`. */
  readonly brand: string | null;
  readonly last4: string | null;
  readonly expMonth: number | null;
  readonly expYear: number | null;
  readonly bankName: string | null;
  /** The same for the same card or account, whoever added it. */
  readonly fingerprint: string | null;
  /** Of a card: `credit`, `debit`, `prepaid`, `unknown`. */
  readonly funding: string | null;
  /** A bank account that is not to be debited again, and the return code that says so. */
  readonly blocked: { readonly reason: string | null; readonly returnCode: string | null } | null;
  /** Null once it is detached. */
  readonly customer: string | null;
  /** When the customer gave it. */
  readonly createdMs: number;
};

export type RefundReading = {
  readonly refund: string;
  readonly paymentIntent: string | null;
  readonly amountCents: Cents;
  /** Our own key of it, from its metadata. */
  readonly refundKey: string | null;
  readonly booking: Booking | null;
  /** Of a refund that failed, once it is read again: the money comes back. */
  readonly failureBooking: Booking | null;
  readonly outcome: /** `reason`: what it waits for, where the provider says it. */
    | { readonly kind: 'pending'; readonly reason: string | null }
    | { readonly kind: 'succeeded' }
    | { readonly kind: 'failed'; readonly reason: string | null }
    | Unknown;
};

export type RefundOutcome =
  | { readonly kind: 'refund'; readonly reading: RefundReading }
  | Refused
  | RateLimited
  | Unknown;

export const disputeStatuses = [
  'needs_response',
  'under_review',
  'won',
  'lost',
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
  'prevented',
  'appeal_needs_response',
  'appeal_under_review',
] as const;

export type DisputeReading = {
  readonly dispute: string;
  readonly status: (typeof disputeStatuses)[number] | 'unknown';
  readonly reason: string;
  readonly amountCents: Cents;
  readonly charge: string;
  readonly paymentIntent: string | null;
  /** Until when evidence is taken. Null where it cannot be contested, as a returned debit. */
  readonly dueByMs: number | null;
  /** Withdrawn, and given back again. */
  readonly bookings: readonly Booking[];
};

export type BalanceEntry = Booking & {
  readonly createdMs: number;
  readonly currency: string;
  /** The provider's word for it: `charge`, `payment`, `refund`, `payout`, `stripe_fee`, `adjustment` … */
  readonly type: string;
  /** What it belongs to: a charge, refund, dispute, payout. */
  readonly source: string | null;
};

/** An event as it is kept: what happened to what, never the object itself, which is read again. */
export type PaymentEvent = {
  readonly id: string;
  readonly type: string;
  readonly createdMs: number;
  readonly isLive: boolean;
  /** Of somebody else's connected account; null for our own. */
  readonly account: string | null;
  readonly object: { readonly type: string; readonly id: string | null };
  /** Whose it is, also where it was detached by this event. */
  readonly customer: string | null;
  readonly paymentIntent: string | null;
  readonly paymentMethod: string | null;
  readonly workspace: string | null;
};

export type VerifiedEvent =
  | { readonly kind: 'event'; readonly event: PaymentEvent }
  | { readonly kind: 'bad'; readonly because: 'signature' | 'malformed' };

/** A page of a list, newest first. `next` asks for the one after; null at the end. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };
/** Created from `fromMs` up to and with `toMs`, in whole seconds. */
export type Range = { readonly fromMs: number; readonly toMs?: number; readonly after?: string };

export type WebhookEndpoint =
  /** The secret is told once, here. */
  | { readonly kind: 'created'; readonly id: string; readonly secret: string }
  | { readonly kind: 'present'; readonly id: string; readonly eventsChanged: boolean }
  /** One with this address sends another version of the API, which cannot be changed: remove it first. */
  | { readonly kind: 'other_version'; readonly id: string; readonly apiVersion: string | null };

export type ChargeRequest = AttemptMarks & {
  readonly customer: string;
  readonly paymentMethod: { readonly id: string; readonly type: MethodType };
  readonly amountCents: Cents;
  /** On the customer's receipt and in the provider's dashboard. */
  readonly description: string;
  /** One attempt, one key, one body: sent again, it is answered as the first time for at least a day. */
  readonly idempotencyKey: string;
  /** What the card networks are told of it: a month's end is recurring, anything between unscheduled. */
  readonly usage: 'recurring' | 'unscheduled';
};

export type SetupSessionRequest = {
  readonly customer: string;
  readonly workspace: string;
  /** May hold `{CHECKOUT_SESSION_ID}`. */
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly idempotencyKey: string;
};

export type PaymentSessionRequest = SetupSessionRequest &
  AttemptMarks & {
    readonly amountCents: Cents;
    readonly description: string;
    /** 30 minutes to 24 hours ahead, by the provider's clock; a day where it is left out. */
    readonly expiresAtMs?: number;
    /** Whether what it is paid with may be charged later without the customer. */
    readonly keepsMethod: boolean;
  };

export type Payments = {
  /**
   * The customer of a workspace. Repeated within a day it is the same one; later another, so its id is to be stored at
   * once. `minutebook` says whose it is where several share an account, `insteadOf` which one is gone that Stripe would answer again.
   */
  ensureCustomer(of: {
    readonly workspace: string;
    readonly minutebook: string;
    readonly insteadOf?: string;
  }): Promise<{ readonly customer: string }>;
  updateCustomer(to: {
    readonly customer: string;
    readonly name: string;
    readonly email: string;
  }): Promise<{ readonly kind: 'updated' } | Refused>;

  /** A page on which the customer adds a card or bank account. */
  createSetupSession(request: SetupSessionRequest): Promise<OpenedSession>;
  /** A page on which the customer pays now, and authenticates where the bank wants it. */
  createPaymentSession(request: PaymentSessionRequest): Promise<OpenedSession>;
  /** Undefined where there is none. */
  readSession(id: string): Promise<SessionReading | undefined>;
  expireSession(id: string): Promise<ExpiredSession>;

  /** Charges without the customer. Never throws `unavailable`: what is not known is `unknown`. */
  charge(request: ChargeRequest): Promise<ChargeOutcome>;
  /**
   * What became of an attempt whose outcome is unknown, by the provider's consistent list of the customer's payments from
   * an hour before `sinceMs` (when it was first sent) on. `absent`: it never arrived; it still may while a request is on
   * its way.
   */
  lookUpCharge(
    of: AttemptMarks & { readonly customer: string; readonly sinceMs: number },
  ): Promise<IntentOutcome | { readonly kind: 'absent' }>;
  /** All that was ever made for an invoice since then, newest first, whatever became of it. */
  intentsOf(of: {
    readonly workspace: string;
    readonly invoice: string;
    readonly customer: string;
    readonly sinceMs: number;
  }): Promise<readonly IntentReading[]>;
  readIntent(id: string): Promise<IntentReading | undefined>;
  /** Cancels what is not paid yet, and tells what became of it: one that was paid meanwhile stays paid. */
  cancelIntent(id: string): Promise<IntentOutcome>;

  readPaymentMethod(id: string): Promise<PaymentMethod | undefined>;
  paymentMethodsOf(customer: string): Promise<readonly PaymentMethod[]>;
  /** Fine where it is detached, or gone, already. */
  detachPaymentMethod(id: string): Promise<void>;

  refund(request: {
    readonly paymentIntent: string;
    readonly amountCents: Cents;
    readonly refundKey: string;
    readonly workspace: string;
    readonly idempotencyKey: string;
  }): Promise<RefundOutcome>;
  readRefund(id: string): Promise<RefundReading | undefined>;
  lookUpRefund(of: { readonly paymentIntent: string; readonly refundKey: string }): Promise<RefundReading | undefined>;
  readDispute(id: string): Promise<DisputeReading | undefined>;

  balanceTransactions(range: Range): Promise<Page<BalanceEntry>>;
  /** The last 30 days of the events that are subscribed to. */
  events(range: Range): Promise<Page<PaymentEvent>>;
  /** Checks the signature of the raw body by any of the secrets, two of which overlap while one is exchanged. */
  verifyEvent(of: {
    readonly rawBody: Uint8Array | string;
    readonly signature: string | undefined;
    readonly secrets: readonly string[];
    readonly nowMs: number;
  }): VerifiedEvent;
  ensureWebhookEndpoint(url: string): Promise<WebhookEndpoint>;

  /** Ends idle connections. */
  close(): void;
};
