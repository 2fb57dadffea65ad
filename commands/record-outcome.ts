// What became of an attempt, written down: by whoever collects the invoice and by whoever applies Stripe's event, whichever
// comes first. What is known already changes nothing; what was paid stays paid.

import { post } from '../db/billing/ledger';
import type { Trx } from '../db/connection/knex';
import { lockWorkspaceRow } from '../db/locks';
import { type AttemptKey, readAttempt, retireMethod, type StoredAttempt, settleAttempt } from '../db/payments/attempts';
import { noteFee, readPayment } from '../db/payments/payments';
import { wakeCollecting } from '../db/payments/waking';
import type { Decline } from '../domain/dunning/decline';
import { followDecline } from '../domain/dunning/follow';
import { MinutebookError } from '../domain/errors';
import { feePosting } from '../domain/ledger';
import { methodLabel } from '../domain/payment-method';
import type { ChargeOutcome, IntentOutcome, MethodType } from '../gateways/payments/payments';
import { receivePayment } from './receive-payment';

/** With what it was paid, where that is known: of a session the customer chooses it. */
export type PaidWith = {
  readonly id: string;
  readonly type: MethodType | 'unknown';
  readonly brand: string | null;
  readonly last4: string | null;
  readonly bankName: string | null;
};

export type Outcome =
  | ChargeOutcome
  /** More than the keys' life after it was sent, Stripe has nothing of it. */
  | { readonly kind: 'never_arrived' }
  /** A session in which nobody paid. */
  | { readonly kind: 'expired' };

export type Recorded = {
  readonly outcome: Outcome;
  readonly paidWith?: PaidWith | undefined;
  /** Of a session: whether it is complete, so that a decline is the end of it. */
  readonly isOver?: boolean;
  readonly nowMs: number;
  /** Whether who calls looks at the invoice again by himself; else its workflow is woken. */
  readonly isCollecting?: boolean;
};

/**
 * Writes an attempt's outcome, with the payment, what it pays, its postings and who is to be woken. Only a paid one that was
 * booked since adds to what is there. Throws `not_found` where there is no such attempt.
 */
export async function recordIntentOutcome(trx: Trx, of: AttemptKey, recorded: Recorded): Promise<void> {
  await lockWorkspaceRow(trx, of.workspace);
  const attempt = await readAttempt(trx, of);
  if (attempt === undefined) {
    const detail = `workspace ${of.workspace} has no attempt ${of.number} to collect ${of.invoice}`;
    throw new MinutebookError({ code: 'not_found', detail });
  }
  const isNews = await record(trx, { ...of, ...attempt }, recorded);
  if (isNews && recorded.isCollecting !== true) await wakeCollecting(trx, [of.invoice]);
}

type Known = AttemptKey & StoredAttempt;

async function record(trx: Trx, attempt: Known, recorded: Recorded): Promise<boolean> {
  const { outcome, nowMs } = recorded;
  if (outcome.kind === 'paid') return paid(trx, attempt, { ...recorded, outcome });
  // What it says now is what was said when it settled, or it went on where only money counts.
  if (!isInFlight(attempt)) return false;
  const settle = async (settled: Omit<Parameters<typeof settleAttempt>[2], 'nowMs'>) => {
    await settleAttempt(trx, attempt, { ...settled, nowMs });
    return settled.state !== attempt.state;
  };
  switch (outcome.kind) {
    case 'processing':
      return settle({ state: 'processing', paymentIntent: outcome.paymentIntent });
    case 'declined':
    case 'needsCustomer':
      return declined(trx, attempt, { ...recorded, outcome });
    case 'canceled':
      // Of a session that expires Stripe cancels the intent as well.
      return settle({ state: attempt.kind === 'checkout' ? 'expired' : 'canceled' });
    case 'refused':
    case 'never_arrived':
    case 'expired':
      return settle({ state: outcome.kind });
    case 'unknown':
    case 'rate_limited':
      return false;
    default:
      return outcome satisfies never;
  }
}

function isInFlight({ state }: Known): boolean {
  return state === 'open' || state === 'sending' || state === 'processing';
}

type Paid = Extract<IntentOutcome, { kind: 'paid' }>;

// Whatever was thought of the attempt before: money that came in is written down, once a payment.
async function paid(trx: Trx, attempt: Known, recorded: Recorded & { readonly outcome: Paid }): Promise<boolean> {
  const { outcome, nowMs } = recorded;
  const { workspace, invoice } = attempt;
  const paidWith = recorded.paidWith ?? attempt.method;
  const { paymentIntent, charge, amountCents, booking } = outcome;
  if (attempt.state !== 'paid') await settleAttempt(trx, attempt, { state: 'paid', paymentIntent, nowMs });
  if (await isReceived(trx, attempt, outcome, nowMs)) return false;
  await receivePayment(trx, {
    workspace,
    payment: paymentIntent,
    invoice,
    source: 'stripe',
    amountCents,
    feeCents: booking?.feeCents ?? null,
    charge,
    methodType: paidWith?.type ?? 'unknown',
    methodLabel: paidWith === null ? null : labelOf(paidWith),
    method: paidWith?.id ?? null,
    reference: null,
    pays: paysOf(attempt),
    except: invoice,
    actor: 'stripe',
    nowMs,
  });
  return true;
}

function labelOf({ type, ...shown }: PaidWith): string {
  return type === 'unknown' ? 'another method' : methodLabel({ type, ...shown });
}

// A session pays its invoice; a charge those that it was made for.
function paysOf({ body, invoice }: Known): readonly string[] {
  const { pays } = body as { readonly pays?: readonly string[] };
  return pays ?? [invoice];
}

/** Whether the payment is stored; what Stripe kept of it is noted where that was not known. */
async function isReceived(trx: Trx, { workspace }: Known, outcome: Paid, nowMs: number): Promise<boolean> {
  const { paymentIntent: payment, booking, charge } = outcome;
  const stored = await readPayment(trx, { workspace, payment });
  if (stored === undefined) return false;
  if (stored.feeCents !== null || booking === null) return true;
  const { feeCents } = booking;
  await noteFee(trx, { workspace, payment, feeCents, charge });
  await post(trx, { workspace, posting: feePosting({ payment, feeCents }), nowMs });
  return true;
}

type Failed = Extract<IntentOutcome, { kind: 'declined' | 'needsCustomer' }>;

async function declined(trx: Trx, attempt: Known, recorded: Recorded & { readonly outcome: Failed }): Promise<boolean> {
  const { outcome, nowMs, isOver } = recorded;
  // In a session the customer may try again with another card: it goes on until it is complete or has expired.
  if (attempt.kind === 'checkout' && attempt.state === 'open' && isOver !== true) return false;
  const { decline, paymentIntent } = outcome;
  const follow = followDecline(decline);
  await settleAttempt(trx, attempt, {
    state: outcome.kind === 'declined' ? 'declined' : 'needs_customer',
    paymentIntent,
    decline: { decline, row: follow.row, unknownCode: follow.isKnown ? null : unknownCodeOf(decline) },
    nowMs,
  });
  const { workspace, method } = attempt;
  const leaves = follow.kind === 'never' && follow.leavesUse;
  if (leaves && method !== null) await retireMethod(trx, { workspace, method: method.id, nowMs });
  return true;
}

function unknownCodeOf({ declineCode, code, networkDeclineCode, returnCode }: Decline): string {
  return declineCode ?? returnCode ?? code ?? networkDeclineCode ?? 'none';
}
