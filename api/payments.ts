// Payments and attempts as they are answered: in words, without the codes that would tell of fraud.
import { encodeCursor } from '../contract/pages';
import type { PaymentMethod } from '../contract/payment-method';
import type { InvoicePayments, Payment, PaymentAttempt } from '../contract/payments';
import type { ShownAttempt, ShownCollecting, ShownPayment } from '../db/payments/reading';
import type { AwaitedThing } from '../domain/collecting/decide';
import type { AttemptState } from '../domain/collecting/standing';
import { awaitedWords, isByTheClock, nextWords } from '../domain/collecting/words';
import { wordsOfRow } from '../domain/dunning/follow';
import { formatCents } from '../domain/money';
import { methodLabel, type StoredMethod } from '../domain/payment-method';
import { formatInstant } from '../domain/period';

export function invoicePaymentsShape(of: {
  readonly payments: readonly ShownPayment[];
  readonly attempts: readonly ShownAttempt[];
  readonly collecting: ShownCollecting | undefined;
  /** How many of each are shown; one more says that there is a next page. */
  readonly limit: number;
  /** The last of each on the page before. */
  readonly after: { readonly payment: string; readonly number: string };
}): InvoicePayments {
  const { limit, after } = of;
  const { waitsFor = null, untilMs = null } = of.collecting ?? {};
  const [payments, attempts] = [of.payments.slice(0, limit), of.attempts.slice(0, limit)];
  const last = [payments.at(-1)?.payment ?? after.payment, attempts.at(-1)?.number ?? after.number];
  const isMore = of.payments.length > limit || of.attempts.length > limit;
  return {
    payments: payments.map(paymentShape),
    attempts: attempts.map(attemptShape),
    ...(isMore ? { next: encodeCursor(last) } : {}),
    ...(waitsFor === null ? {} : { waitsUntil: awaitedWords[waitsFor] }),
    ...(untilMs === null ? {} : { looksAgainAt: formatInstant(untilMs) }),
    ...(waitsFor === null ? {} : { nextStep: nextStepShape(waitsFor, untilMs) }),
  };
}

function nextStepShape(waitsFor: AwaitedThing, untilMs: number | null) {
  const at = isByTheClock(waitsFor) && untilMs !== null ? { at: formatInstant(untilMs) } : {};
  return { for: waitsFor, says: nextWords[waitsFor], ...at };
}

export function paymentShape(payment: ShownPayment): Payment {
  const { label, reference } = payment;
  return {
    id: payment.payment,
    source: payment.source,
    amount: formatCents(payment.amountCents),
    applied: formatCents(payment.appliedCents),
    granted: formatCents(payment.grantedCents),
    ...(label === null || reference !== null ? {} : { method: label }),
    ...(reference === null ? {} : { reference }),
    receivedAt: formatInstant(payment.receivedAtMs),
  };
}

const states: { readonly [state in AttemptState]: PaymentAttempt['state'] } = {
  open: 'open',
  sending: 'under_way',
  processing: 'under_way',
  paid: 'paid',
  declined: 'failed',
  needs_customer: 'failed',
  refused: 'failed',
  expired: 'over',
  never_arrived: 'over',
  canceled: 'over',
};

function attemptShape({ number, kind, state, method, followedBy, ...attempt }: ShownAttempt): PaymentAttempt {
  return {
    number,
    by: kind,
    state: states[state],
    amount: formatCents(attempt.amountCents),
    ...(method === null ? {} : { method: methodLabel(method) }),
    ...(followedBy === null ? {} : wordsOfRow(followedBy)),
    madeAt: formatInstant(attempt.madeAtMs),
    ...(attempt.settledAtMs === null ? {} : { settledAt: formatInstant(attempt.settledAtMs) }),
  };
}

/** What is on file, as whoever pays with it may know it. */
export function methodShape({ type, brand, last4, expMonth, expYear }: StoredMethod): PaymentMethod {
  return {
    type,
    ...(brand === null ? {} : { brand }),
    last4,
    ...(expMonth === null ? {} : { expMonth }),
    ...(expYear === null ? {} : { expYear }),
  };
}
