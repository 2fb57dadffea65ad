// The one call of an attempt's step: charge, find out what became of it, or close its session. No transaction is open.

import type { Db } from '../db/connection/knex';
import { type AttemptKey, type ChargeBody, readAttempt } from '../db/payments/attempts';
import type { Attempt } from '../domain/collecting/standing';
import { cents } from '../domain/money';
import { hourMs, minuteMs } from '../domain/period';
import type {
  ChargeOutcome,
  ChargeRequest,
  IntentOutcome,
  IntentReading,
  Payments,
  SessionReading,
} from '../gateways/payments/payments';
import type { Outcome, Recorded } from './record-outcome';

export type Told = Pick<Recorded, 'outcome' | 'paidWith' | 'isOver'> & {
  /** Of another attempt than was asked about, where it is that which was paid. */
  readonly of?: AttemptKey;
};

/** What is asked of Stripe next. */
export type Call =
  | { readonly kind: 'charge'; readonly of: AttemptKey; readonly body: ChargeBody }
  | { readonly kind: 'look_up' | 'read' | 'expire'; readonly of: AttemptKey; readonly attempt: Attempt }
  | {
      readonly kind: 'look_for_paid';
      readonly of: AttemptKey;
      readonly attempt: Attempt;
      readonly sinceMs: number;
    };

type Asking = { readonly db: Db; readonly payments: Payments };

// Stripe forgets keys after 24 hours or later; until then the same key and body cannot charge twice.
const sentAgainWithinMs = 23 * hourMs;

export async function askAbout(asking: Asking, call: Call, nowMs: number): Promise<Told> {
  const { payments } = asking;
  switch (call.kind) {
    case 'charge':
      return { outcome: await charge(payments, call.body) };
    case 'look_up':
      return { outcome: await lookUp(asking, call, nowMs) };
    case 'look_for_paid':
      return lookForPaid(asking, call);
    case 'read':
      return readAgain(payments, call.attempt);
    case 'expire':
      return closeSession(payments, call.attempt, nowMs);
    default:
      return call satisfies never;
  }
}

async function charge(payments: Payments, body: ChargeBody): Promise<ChargeOutcome> {
  const outcome = await payments.charge(requestOf(body));
  return withoutOpen(payments, outcome);
}

function requestOf({ pays: _, amountCents, ...body }: ChargeBody): ChargeRequest {
  return { ...body, amountCents: cents(BigInt(amountCents)) };
}

// An intent that could still be confirmed must not be beside the next attempt.
async function withoutOpen<Given extends ChargeOutcome>(
  payments: Payments,
  outcome: Given,
): Promise<Given | IntentOutcome> {
  if (outcome.kind !== 'needsCustomer' || !outcome.isOpen || outcome.paymentIntent === null) return outcome;
  const after = await payments.cancelIntent(outcome.paymentIntent);
  return after.kind === 'canceled' ? { ...outcome, isOpen: false } : after;
}

async function lookUp(
  { db, payments }: Asking,
  { of, attempt }: { readonly of: AttemptKey; readonly attempt: Attempt },
  nowMs: number,
): Promise<Outcome> {
  // Its own body, whatever has changed since: under one key nothing else is ever sent.
  const body = (await readAttempt(db, of))?.body as ChargeBody;
  const sinceMs = attempt.sentAtMs ?? attempt.madeAtMs;
  const { workspace, invoice, customer } = body;
  const found = await payments.lookUpCharge({ workspace, invoice, attempt: body.attempt, customer, sinceMs });
  if (found.kind !== 'absent') return withoutOpen(payments, found);
  return nowMs - sinceMs < sentAgainWithinMs ? charge(payments, body) : { kind: 'never_arrived' };
}

// Of all that was ever made for the invoice: what was paid, and is not known to be.
async function lookForPaid(
  { db, payments }: Asking,
  { of, attempt, sinceMs }: Extract<Call, { kind: 'look_for_paid' }>,
): Promise<Told> {
  const body = (await readAttempt(db, of))?.body as ChargeBody;
  const { workspace, invoice, customer } = body;
  for (const reading of await payments.intentsOf({ workspace, invoice, customer, sinceMs })) {
    const number = Number(reading.marks?.attempt);
    const isNews = reading.outcome.kind === 'paid' && (await isUnpaid(db, { ...of, number }));
    if (isNews) return { of: { ...of, number }, ...(await toldByIntent(payments, reading)) };
  }
  if (attempt.decline === null) throw new Error(`collecting: attempt ${of.number} of ${invoice} was not declined`);
  // As it is known: nothing else was paid.
  return {
    outcome: { kind: 'declined', decline: attempt.decline, paymentIntent: attempt.paymentIntent, charge: null },
  };
}

async function isUnpaid(db: Db, of: AttemptKey): Promise<boolean> {
  const stored = await readAttempt(db, of);
  return stored !== undefined && stored.state !== 'paid';
}

async function readAgain(payments: Payments, { paymentIntent }: Attempt): Promise<Told> {
  const reading = paymentIntent === null ? undefined : await payments.readIntent(paymentIntent);
  if (reading === undefined) return { outcome: { kind: 'unknown', why: `payment ${paymentIntent} is not at Stripe` } };
  return toldByIntent(payments, reading);
}

/** What a payment says of its attempt, with what it was paid. */
export async function toldByIntent(payments: Payments, reading: IntentReading): Promise<Told> {
  const { outcome, paymentMethod } = reading;
  if (outcome.kind !== 'paid' || paymentMethod === null) return { outcome };
  return { outcome, paidWith: await payments.readPaymentMethod(paymentMethod) };
}

// Between its row and its page: who makes the page notices that the row is over.
const pageTakesMs = 10 * minuteMs;

// A session that cannot be closed is complete, or being paid in this moment: what became of it is read.
async function closeSession(payments: Payments, { session, madeAtMs }: Attempt, nowMs: number): Promise<Told> {
  if (session === null && nowMs - madeAtMs < pageTakesMs) {
    return { outcome: { kind: 'unknown', why: 'its page is just being made' } };
  }
  if (session === null) return { outcome: { kind: 'expired' } };
  const closed = await payments.expireSession(session);
  return closed.kind === 'expired' ? { outcome: { kind: 'expired' } } : toldBySession(payments, closed.session);
}

/** What a session says of its attempt: the money that came in by it, or that nobody paid. */
export async function toldBySession(payments: Payments, session: SessionReading): Promise<Told> {
  const { id, status, payment } = session;
  if (status === 'expired') return { outcome: { kind: 'expired' } };
  if (payment !== null && status === 'complete') return { ...(await toldByIntent(payments, payment)), isOver: true };
  return { outcome: { kind: 'unknown', why: `session ${id} is ${status}, and was not to be closed` } };
}
