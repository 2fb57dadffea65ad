// What Stripe says of a refund, applied: to the parts that we know it by, or, where somebody made it at Stripe, to a refund that
// is recorded now, so that no money leaves without its rows.

import { audit } from '../db/accounts/audit';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { lockWorkspaceRow } from '../db/locks';
import { readPayment, workspaceOfPayment } from '../db/payments/payments';
import { invoicesOfPayment, readRefundable } from '../db/payments/refundable';
import { addStrayRefund, readPartsAtStripe, readRefundParts, type StoredPart } from '../db/payments/refunds';
import { MinutebookError } from '../domain/errors';
import { readRefundPartKey } from '../domain/ids';
import { type Cents, cents, formatCents, lesserCents } from '../domain/money';
import type { RefundReading } from '../gateways/payments/payments';
import type { Charging, Settings } from './connections';
import { creditInvoice } from './credit-invoice';
import { newsOf, type RefundNews, recordRefund, withoutFees } from './record-refund';
import { bookingGivenUp } from './settle-given-up';
import { startRefund } from './start-refund';

type SettledRefund = 'applied' | 'foreign' | 'ignored';

/**
 * Reads a refund anew and writes down what it says now. Throws `unavailable` where it is of one of our payments that is not
 * stored yet: its own event will store it.
 */
export async function settleRefund(
  { db, payments, clock, settings }: Charging,
  of: { readonly refund: string; readonly workspace: string | null },
): Promise<SettledRefund> {
  const reading = await payments.readRefund(of.refund);
  if (reading === undefined || reading.paymentIntent === null) return 'ignored';
  const news = newsOf(reading);
  if (news === undefined) return 'ignored';
  const workspace = (await workspaceOfPayment(db, reading.paymentIntent)) ?? of.workspace;
  if (workspace === null) return 'foreign';
  const nowMs = await clock();
  return db.transaction(async (trx) => {
    await lockWorkspaceRow(trx, workspace);
    const known = await knownParts(trx, reading, workspace);
    const parts = known.length > 0 ? known : await adopt(trx, { workspace, reading, settings, nowMs }, news);
    for (const [nth, part] of parts.entries()) {
      await recordRefund(trx, part, nth === 0 ? news : withoutFees(news), nowMs);
    }
    return 'applied' as const;
  });
}

// By its id, or, where whoever sent it died before noting that, by what was written on it.
async function knownParts(trx: Trx, reading: RefundReading, workspace: string): Promise<readonly StoredPart[]> {
  const parts = await readPartsAtStripe(trx, reading.refund);
  if (parts.length > 0 || reading.refundKey === null) return parts;
  const of = readRefundPartKey(reading.refundKey);
  if (of === undefined || of.workspace !== workspace) return [];
  return (await readRefundParts(trx, of)).filter(
    ({ number, refund, payment }) => number === of.number && refund === null && payment === reading.paymentIntent,
  );
}

type Adopting = {
  readonly workspace: string;
  readonly reading: RefundReading;
  readonly settings: Pick<Settings, 'isCharging'>;
  readonly nowMs: number;
};

/** Records a refund that nobody asked us for: first of what was too much, then of the invoices paid with it, newest first. */
async function adopt(trx: Trx, adopting: Adopting, news: RefundNews): Promise<readonly StoredPart[]> {
  const { workspace, reading, nowMs } = adopting;
  const payment = reading.paymentIntent ?? '';
  if (news.state === 'failed' && news.failureBooking === null) return [];
  if ((await readPayment(trx, { workspace, payment })) === undefined) throw notYet(reading);
  const parts: StoredPart[] = [];
  let rest: Cents = reading.amountCents;
  for (const invoice of await invoicesOfPayment(trx, { workspace, payment })) {
    for (const isOverpayment of [true, false]) {
      const key = `stripe:${reading.refund}${parts.length === 0 ? '' : `:${parts.length + 1}`}`;
      const amountCents = await adoptPart(trx, adopting, { invoice, payment, isOverpayment, key, rest });
      if (amountCents === 0n) continue;
      parts.push(...(await readRefundParts(trx, { workspace, key })));
      rest = cents(rest - amountCents);
    }
  }
  if (rest > 0n) {
    const { refund, amountCents } = reading;
    await addStrayRefund(trx, { refund, workspace, payment, amountCents, strayCents: rest, nowMs });
  }
  return parts;
}

type AdoptedPart = {
  readonly invoice: string;
  readonly payment: string;
  readonly isOverpayment: boolean;
  readonly key: string;
  readonly rest: Cents;
};

/** Answers how much of it there was to go back. */
async function adoptPart(
  trx: Trx,
  { workspace, reading, settings, nowMs }: Adopting,
  part: AdoptedPart,
): Promise<Cents> {
  const { invoice, payment, isOverpayment, key, rest } = part;
  const refundable = await readRefundable(trx, invoice);
  const paid = refundable?.payments.find((each) => each.payment === payment);
  if (refundable === undefined || paid === undefined) return cents(0n);
  const mostCents = isOverpayment ? paid.overpaidCents : lesserCents(paid.leftCents, refundable.keptCents);
  const amountCents = lesserCents(rest, mostCents);
  if (amountCents <= 0n) return cents(0n);
  const reason = 'Refunded at Stripe';
  const author = { actor: 'stripe', nowMs };
  const noteCents = isOverpayment ? cents(0n) : cents(amountCents - lesserCents(amountCents, refundable.toRefundCents));
  await bookingGivenUp(trx, { workspace, invoices: [invoice], cause: `refund:${key}`, nowMs }, async () => {
    await startRefund(trx, {
      ...{ workspace, key, invoice, amountCents, reason, reference: null },
      because: isOverpayment ? 'overpayment' : 'at_stripe',
      body: { refund: reading.refund },
      parts: [{ payment, cents: amountCents, isByHand: false, refund: reading.refund }],
      nowMs,
    });
    if (noteCents === 0n) return;
    const crediting = { workspace, invoice, kind: 'refund', key, reason, amountCents: noteCents } as const;
    await creditInvoice(trx, { crediting, author, settings: { ...settings, isMailing: false } });
  });
  if (isOverpayment) await wakeGuards(trx, { workspaces: [workspace], nowMs });
  const after = { key, refund: reading.refund, amount: formatCents(amountCents) };
  await audit(trx, author, { action: 'invoice.refunded_at_stripe', workspace, before: { invoice }, after });
  return amountCents;
}

function notYet({ refund, paymentIntent }: RefundReading): MinutebookError {
  return new MinutebookError({
    code: 'unavailable',
    detail: `refund ${refund} is of payment ${paymentIntent}, which is not stored yet; it is applied once that is`,
  });
}
