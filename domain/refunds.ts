// Money that goes back: from which payments, newest first, how much of each, and what credit note comes with it. Amounts are
// cents.
import { assertMoney, type Cents, cents, centsToNanos, formatUsdGrouped, lesserCents } from './money';

/** A payment of an invoice, as far as it can go back. */
export type RefundablePayment = {
  readonly payment: string;
  readonly source: 'stripe' | 'elsewhere';
  readonly receivedAtMs: number;
  /** What is left of what it paid of this invoice: less what came back to the customer already. */
  readonly leftCents: Cents;
  /** What of it was paid too much and is still unused credit. */
  readonly overpaidCents: Cents;
  /** A bank has taken it, or may take it, out of our hands. */
  readonly isDisputed: boolean;
  /** Stripe could not pay it back before. */
  readonly hasFailed: boolean;
};

export type RefundableInvoice = {
  readonly id: string;
  /** Paid less returned and refunded. */
  readonly keptCents: Cents;
  /** What notes have credited of what was paid: its refund needs no other note. */
  readonly toRefundCents: Cents;
  /** In any order. */
  readonly payments: readonly RefundablePayment[];
};

export type RefundAsked = {
  readonly amountCents: Cents;
  /** One payment alone. */
  readonly payment?: string | undefined;
  /** Of what is paid out by hand: what came by bank transfer goes back no other way. */
  readonly reference?: string | undefined;
};

/** A part of a refund goes back to one payment: by Stripe, or paid out by hand. */
export type RefundPart = { readonly payment: string; readonly cents: Cents; readonly isByHand: boolean };

export type RefundPlan =
  | {
      readonly kind: 'refund';
      readonly parts: readonly RefundPart[];
      /** What its own credit note credits: what no note has credited yet. */
      readonly noteCents: Cents;
      readonly isOverpayment: boolean;
    }
  /** `field` of the request is what cannot be. */
  | { readonly kind: 'refused'; readonly field: 'amount' | 'payment' | 'reference'; readonly message: string };

const none = cents(0n);

/**
 * Plans a refund. What came by Stripe goes back first, the newest payment first; what came by transfer goes back where a
 * reference says that it was paid out. A payment that is named and was too much returns that first, without a credit note.
 */
export function planRefund(invoice: RefundableInvoice, asked: RefundAsked): RefundPlan {
  assertMoney(asked.amountCents > 0n, `a refund of ${asked.amountCents} cents`);
  const named = asked.payment === undefined ? undefined : invoice.payments.find((it) => it.payment === asked.payment);
  if (asked.payment !== undefined && named === undefined) {
    return refused('payment', `expected a payment of invoice ${invoice.id}, came ${asked.payment}`);
  }
  if (named !== undefined && named.overpaidCents >= asked.amountCents) return returnOverpaid(named, asked);
  if (asked.amountCents > invoice.keptCents) return tooMuch(invoice, asked, invoice.keptCents);
  return planOf(invoice, named === undefined ? invoice.payments : [named], asked);
}

/** What goes back by itself of an invoice, at the most: what came by Stripe. */
export function refundableByStripe({ payments, keptCents }: RefundableInvoice): Cents {
  const usable = payments.filter(({ source, isDisputed }) => source === 'stripe' && !isDisputed);
  return lesserCents(sumOf(usable), keptCents);
}

function returnOverpaid(payment: RefundablePayment, asked: RefundAsked): RefundPlan {
  const unable = unableTo(payment, asked);
  if (unable !== undefined) return unable;
  const parts = [partOf(payment, asked.amountCents, asked)];
  return { kind: 'refund', parts, noteCents: none, isOverpayment: true };
}

function planOf(invoice: RefundableInvoice, from: readonly RefundablePayment[], asked: RefundAsked): RefundPlan {
  const { amountCents, payment } = asked;
  const able = from.filter((each) => unableTo(each, asked) === undefined).sort(stripeAndNewestFirst);
  if (sumOf(able) < amountCents) return whyNot(invoice, from, asked);
  const parts: RefundPart[] = [];
  let rest: bigint = amountCents;
  for (const each of able) {
    const part = lesserCents(each.leftCents, cents(rest));
    if (part > 0n) parts.push(partOf(each, part, asked));
    rest -= part;
  }
  if (asked.reference !== undefined && !parts.some(({ isByHand }) => isByHand)) {
    const whole = payment === undefined ? 'all of it goes back by Stripe' : `${payment} goes back by Stripe`;
    return refused('reference', `expected none, as ${whole}, which nobody pays out by hand; leave it out`);
  }
  assertMoney(
    parts.reduce((sum, part) => sum + part.cents, 0n) === BigInt(amountCents),
    'the parts of a refund make its amount',
  );
  const noteCents = cents(amountCents - lesserCents(amountCents, invoice.toRefundCents));
  return { kind: 'refund', parts, noteCents, isOverpayment: false };
}

function partOf({ payment, source }: RefundablePayment, part: Cents, { reference, payment: named }: RefundAsked) {
  return { payment, cents: part, isByHand: source === 'elsewhere' || (named !== undefined && reference !== undefined) };
}

/** Why nothing can go back to a payment now, by what was asked for. */
function unableTo(each: RefundablePayment, { payment, reference }: RefundAsked): RefundPlan | undefined {
  if (each.isDisputed) {
    const message = `payment ${each.payment} is disputed: nothing of it can go back until the dispute is closed, and what was withdrawn is with the customer already`;
    return refused('payment', message);
  }
  if (each.source === 'elsewhere' && reference === undefined) {
    const message = `payment ${each.payment} came by bank transfer and goes back only by one: pay it out, and give that transfer's reference`;
    return refused('reference', message);
  }
  if (each.source === 'stripe' && payment !== undefined && reference !== undefined && !each.hasFailed) {
    const message = `payment ${each.payment} goes back by Stripe: leave the reference out; by hand only what Stripe could not pay back`;
    return refused('reference', message);
  }
  return undefined;
}

function whyNot(invoice: RefundableInvoice, from: readonly RefundablePayment[], asked: RefundAsked): RefundPlan {
  const unable = from.map((each) => unableTo(each, asked)).find((each) => each !== undefined);
  if (unable !== undefined && sumOf(from) >= asked.amountCents) return unable;
  return tooMuch(invoice, asked, lesserCents(sumOf(from), invoice.keptCents));
}

function tooMuch(
  { id, payments }: RefundableInvoice,
  { amountCents, payment }: RefundAsked,
  mostCents: Cents,
): RefundPlan {
  const meant = payments.filter((it) => payment === undefined || it.payment === payment);
  const hints = [
    ...meant
      .filter((it) => it.isDisputed)
      .map((it) => `; ${it.payment} is disputed, and goes back only if that is won`),
    ...payments
      .filter((it) => it.overpaidCents > 0n)
      .map((it) => `; ${it.payment} was ${usd(it.overpaidCents)} too much, unused: name it to return that`),
  ];
  const of = payment === undefined ? `invoice ${id}` : `payment ${payment} for invoice ${id}`;
  return refused(
    'amount',
    `expected at most ${usd(mostCents)} US dollars, which is what is left of ${of} to refund; came ${usd(amountCents)}${hints.join('')}`,
  );
}

function stripeAndNewestFirst(one: RefundablePayment, other: RefundablePayment): number {
  if (one.source !== other.source) return one.source === 'stripe' ? -1 : 1;
  if (one.receivedAtMs !== other.receivedAtMs) return other.receivedAtMs - one.receivedAtMs;
  return one.payment < other.payment ? 1 : -1;
}

function sumOf(payments: readonly RefundablePayment[]): Cents {
  return cents(payments.reduce((sum, { leftCents }) => sum + leftCents, 0n));
}

function refused(field: 'amount' | 'payment' | 'reference', message: string): RefundPlan {
  return { kind: 'refused', field, message };
}

function usd(amount: Cents): string {
  return formatUsdGrouped(centsToNanos(amount));
}

/** What may become of a part of a refund. */
export const refundPartStates = ['sending', 'pending', 'succeeded', 'failed', 'by_hand'] as const;
export type RefundPartState = (typeof refundPartStates)[number];

/** Why money goes back. */
export const refundReasons = ['asked', 'correction', 'overpayment', 'at_stripe'] as const;
export type RefundBecause = (typeof refundReasons)[number];

/** How a refund stands as a whole. */
export const refundStates = ['pending', 'succeeded', 'failed'] as const;
export type RefundState = (typeof refundStates)[number];

/** Pending while anything is under way; failed where anything did not go back. */
export function refundState(parts: readonly { readonly state: RefundPartState }[]): RefundState {
  if (parts.some(({ state }) => state === 'sending' || state === 'pending')) return 'pending';
  return parts.some(({ state }) => state === 'failed') ? 'failed' : 'succeeded';
}

/** Keys that Minutebook gives by itself: what notes left to be refunded, and what was refunded at Stripe. */
export const ownRefundKeys = ['credit-note:', 'stripe:'] as const;
