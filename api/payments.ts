// Payments and attempts as they are answered: in words, without the codes that would tell of fraud.
import type { InvoicePayments, Payment, PaymentAttempt } from '../contract/payments';
import type { ShownAttempt, ShownCollecting, ShownPayment } from '../db/payments/reading';
import type { AwaitedThing } from '../domain/collecting/decide';
import type { AttemptState } from '../domain/collecting/standing';
import { awaitedWords, isByTheClock, nextWords } from '../domain/collecting/words';
import { wordsOfRow } from '../domain/dunning/follow';
import { formatCents } from '../domain/money';
import { methodLabel } from '../domain/payment-method';
import { formatInstant } from '../domain/period';

export function invoicePaymentsShape(of: {
  readonly payments: readonly ShownPayment[];
  readonly attempts: readonly ShownAttempt[];
  readonly collecting: ShownCollecting | undefined;
}): InvoicePayments {
  const { waitsFor = null, untilMs = null } = of.collecting ?? {};
  return {
    payments: of.payments.map(paymentShape),
    attempts: of.attempts.map(attemptShape),
    ...(waitsFor === null ? {} : { waitsUntil: awaitedWords[waitsFor] }),
    ...(untilMs === null ? {} : { looksAgainAt: formatInstant(untilMs) }),
    ...(waitsFor === null ? {} : { next: nextShape(waitsFor, untilMs) }),
  };
}

function nextShape(waitsFor: AwaitedThing, untilMs: number | null) {
  const at = isByTheClock(waitsFor) && untilMs !== null ? { at: formatInstant(untilMs) } : {};
  return { says: nextWords[waitsFor], ...at };
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
