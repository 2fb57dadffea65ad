// What a customer who wants to pay an invoice now is told or given. Only one attempt is under way an invoice: one door.
import type { InvoiceStatus } from './invoice';
import type { Cents } from './money';
import { chargeOf } from './payments';
import { minuteMs } from './period';

/** An attempt without an outcome: by the calendar, or a page on which the customer is paying. */
export type AttemptInFlight = {
  readonly number: number;
  readonly kind: 'charge' | 'checkout';
  readonly state: 'open' | 'sending' | 'processing';
  readonly amountCents: Cents;
  /** Of a page; null until it was answered. */
  readonly session: string | null;
  readonly madeAtMs: number;
};

export type Payable = {
  readonly status: InvoiceStatus;
  readonly remainingCents: Cents;
  /** A payment of it was taken back, and the bank has not decided yet. */
  readonly isDisputed: boolean;
  readonly inFlight: AttemptInFlight | null;
};

export type NotPayable =
  | { readonly kind: 'paid' }
  | { readonly kind: 'void' }
  | { readonly kind: 'disputed' }
  /** A payment is on its way: a second one would be one too many. */
  | { readonly kind: 'under_way' }
  /** Less than can be charged: it is collected with a later invoice. */
  | { readonly kind: 'too_little' };

/** What the customer is told instead of a page. */
export const notPayableWords: { readonly [kind in NotPayable['kind']]: string } = {
  paid: 'This invoice is paid. Nothing remains to be paid.',
  void: 'This invoice was taken back, and nothing is to be paid for it.',
  disputed: 'Your bank is looking into a payment of this invoice. Until it has decided there is nothing for you to do.',
  under_way: 'A payment of this invoice is under way. There is nothing for you to do; a bank debit takes some days.',
  too_little: 'This invoice is too little to be charged alone and is collected with a later one.',
};

export type PayDecision =
  | NotPayable
  /** A new page. `laterCents`: what no single payment can hold. */
  | { readonly kind: 'open'; readonly amountCents: Cents; readonly laterCents: Cents }
  /** The page that there is, unless it is over. */
  | { readonly kind: 'reuse'; readonly number: number; readonly session: string }
  /** The page that there is asks for another amount: it is to be closed first. */
  | { readonly kind: 'replace'; readonly number: number; readonly session: string }
  /** It was asked for and not answered: asked for again under the same key. */
  | { readonly kind: 'ask_again'; readonly number: number }
  /** It was not answered for too long. Nobody was ever sent to that page. */
  | { readonly kind: 'give_up'; readonly number: number };

// Stripe keeps its own failures under a key for a day, too: after a while another key has to be tried.
const askAgainForMs = 10 * minuteMs;

/** What follows from how an invoice stands when its customer asks to pay it. */
export function decidePayment({ status, remainingCents, isDisputed, inFlight }: Payable, nowMs: number): PayDecision {
  if (status === 'void') return { kind: 'void' };
  if (remainingCents === 0n) return { kind: 'paid' };
  if (isDisputed) return { kind: 'disputed' };
  const now = chargeOf({ remainingCents, carriedCents: [] });
  if (inFlight !== null) return decideInFlight(inFlight, now.kind === 'charge' ? now.cents : undefined, nowMs);
  if (now.kind !== 'charge') return { kind: 'too_little' };
  return { kind: 'open', amountCents: now.cents, laterCents: now.laterCents };
}

function decideInFlight(attempt: AttemptInFlight, amountCents: Cents | undefined, nowMs: number): PayDecision {
  const { number, kind, state, session } = attempt;
  if (kind === 'charge' || state === 'processing') return { kind: 'under_way' };
  if (session === null) {
    const isForgotten = nowMs - attempt.madeAtMs > askAgainForMs || attempt.amountCents !== amountCents;
    return { kind: isForgotten ? 'give_up' : 'ask_again', number };
  }
  return { kind: attempt.amountCents === amountCents ? 'reuse' : 'replace', number, session };
}
