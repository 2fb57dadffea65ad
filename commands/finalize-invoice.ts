// Closing a billing period: read, decide, write, in one transaction without a network call inside it.

import { type Closing, hasMended, type Issued, isUnmetered, lockForInvoice, readClosing } from '../db/billing/closing';
import { closeEmpty, issueInvoice } from '../db/billing/invoices-issued';
import { readLateParts, readOwnPart } from '../db/billing/parts';
import { markWaiting } from '../db/billing/periods';
import type { Trx } from '../db/connection/knex';
import { keepPlans } from '../db/connection/plans';
import { lockPeriod, shareMarks } from '../db/locks';
import { writeEmail } from '../db/mail/emails';
import { type Bill, computeBill, remainingAfter } from '../domain/bill';
import { type CloseBecause, decideClosing, type Finalized } from '../domain/closing';
import { conditionsOf } from '../domain/conditions';
import type { Grant } from '../domain/credits';
import { MinutebookError } from '../domain/errors';
import type { Overrun } from '../domain/guard/overrun';
import { invoiceIssuedKey, invoiceNumber } from '../domain/ids';
import { type ComposedInvoice, composeInvoice } from '../domain/invoice';
import { expiryPostings, type Posting } from '../domain/ledger';
import { invoiceIssuedFacts } from '../domain/mail/email';
import { cents } from '../domain/money';
import type { Seller } from '../domain/parties';
import { formatInstant, type Month } from '../domain/period';
import type { Connections } from './connections';
import { onceMetered } from './metered';
import { readOverrun } from './read-overrun';

type Period = { readonly workspace: string; readonly month: Month };

/**
 * Closes a period, with an invoice if it has anything to bill, or answers that it waits and until when at the most. Doing
 * it again answers the same invoice. `onProgress` is told whenever something is committed.
 */
export async function finalizeInvoice(
  connections: Connections,
  period: Period,
  onProgress: () => void = () => undefined,
): Promise<Finalized> {
  const { workspace, month } = period;
  const metering = { workspace, refusal: `${month} of ${workspace} cannot be billed`, onProgress };
  return onceMetered(connections, metering, (trx, nowMs) =>
    closeOrWait(trx, period, { nowMs, ...connections.settings }),
  );
}

type Issuing = {
  readonly nowMs: number;
  readonly deadlineMs: number;
  readonly seller: Seller;
  readonly isMailing: boolean;
  readonly isCharging: boolean;
};

async function closeOrWait(trx: Trx, period: Period, issuing: Issuing): Promise<Finalized | 'unmetered'> {
  // Sent together and done in this order: it is read once the locks are held. Every workspace's statements are planned the same.
  const [, isHeld, closing] = await Promise.all([
    keepPlans(trx),
    lockForInvoice(trx, period.workspace),
    readClosing(trx, period),
  ]);
  if (!isHeld || closing === undefined) throw noSuchPeriod(period);
  if (closing.isClosed) return alreadyClosed(closing);
  const decision = decideClosing(closing, issuing);
  if (decision.kind === 'close') return close(trx, period, { ...issuing, closing, because: decision.because });
  // They may be all that the month has, and their source the one that says it is complete.
  if (decision.for === 'complete_usage' && (await hasMended(trx, period.workspace))) return 'unmetered';
  // A source may have come since we read, or a mark have moved. With the period held no other comes, and with the marks held
  // still we read once more, and only then wait.
  await lockPeriod(trx, period);
  await shareMarks(trx, period.workspace);
  const again = await readOpened(trx, period);
  const final = decideClosing(again, issuing);
  if (final.kind === 'close') return close(trx, period, { ...issuing, closing: again, because: final.because });
  await markWaiting(trx, period);
  return { kind: 'waiting', for: final.for, until: formatInstant(final.untilMs) };
}

type Decided = Issuing & { readonly closing: Closing; readonly because: CloseBecause };

// Whether usage is left to be metered is asked here, of a period that closes: one that waits leaves it to the rounds. Five hundred
// that wait would else each meter their workspace, again and again for as long as usage arrives.
async function close(
  trx: Trx,
  { workspace, month }: Period,
  { closing, because, nowMs, seller, isMailing, isCharging }: Decided,
): Promise<Finalized | 'unmetered'> {
  const [isLeft, late, own] = await Promise.all([
    isUnmetered(trx, workspace),
    readLateParts(trx, { workspace, months: closing.lateMonths }),
    readOwnPart(trx, { workspace, month }),
  ]);
  if (isLeft) return 'unmetered';
  const parts = own.hours.length > 0 ? [...late, own] : late;
  if (parts.length === 0) {
    const expiry = expiryBy(closing, { month, grants: closing.grants, nowMs });
    await closeEmpty(trx, { workspace, month, because, expiry, nowMs });
    return { kind: 'empty', because };
  }
  const bill = computeBill({ parts, terms: closing.terms, grants: closing.grants });
  const composed = composeInvoice({ workspace, month, bill, usageLines: parts.flatMap((part) => part.lines) });
  const conditions = conditionsOf({ terms: closing.terms, month, issuedAtMs: nowMs });
  const overrun = await readOverrun(trx, { workspace, parts, bill }, closing);
  const remainingCents = cents(bill.totalCents - (overrun?.amountCents ?? 0n));
  const isCollected = remainingCents > 0n && (isCharging || conditions.collection === 'invoice');
  const invoiceId = await issueInvoice(trx, {
    workspace,
    month,
    number: closing.nextNumber,
    bill,
    composed,
    overrun,
    lateMonths: late.map((part) => part.month),
    because,
    seller,
    buyer: closing.buyer,
    conditions,
    isCollected,
    expiry: expiryBy(closing, { month, grants: remainingAfter(closing.grants, bill), nowMs }),
    nowMs,
  });
  // Without a mail server nothing is written: it would wait for ever. Where it is collected, the first outcome decides.
  if (isMailing && !isCollected)
    await writeInvoiceEmail(trx, { workspace, month }, { invoiceId, bill, composed, overrun, closing, nowMs });
  return invoiced({ invoiceId, totalCents: bill.totalCents, remainingCents, because });
}

// Late usage may still draw a grant that has expired: then this takes back what was posted.
function expiryBy(
  { postedExpiry: posted, closedThroughMs, endsAtMs }: Closing,
  { month, grants, nowMs }: { month: Month; grants: readonly Grant[]; nowMs: number },
): readonly Posting[] {
  const throughMs = Math.max(closedThroughMs ?? 0, Math.min(endsAtMs, nowMs));
  return expiryPostings({ grants, posted, closedThroughMs: throughMs, cause: month });
}

async function writeInvoiceEmail(
  trx: Trx,
  { workspace, month }: Period,
  issued: {
    invoiceId: string;
    bill: Bill;
    composed: ComposedInvoice;
    overrun: Overrun | undefined;
    closing: Closing;
    nowMs: number;
  },
): Promise<void> {
  const { invoiceId, bill, composed, overrun, closing, nowMs } = issued;
  const number = invoiceNumber({ workspace, number: closing.nextNumber });
  const { totalCents } = bill;
  const writtenOffCents = overrun?.amountCents ?? cents(0n);
  const facts = invoiceIssuedFacts({
    number,
    month,
    nowMs,
    composed,
    totalCents,
    writtenOffCents,
    terms: closing.terms,
  });
  const key = invoiceIssuedKey(invoiceId);
  await writeEmail(trx, { key, workspace, kind: 'invoice_issued', about: invoiceId, facts, nowMs });
}

function invoiced(of: Issued & { because: CloseBecause }): Finalized {
  const { invoiceId, totalCents, remainingCents, because } = of;
  return { kind: 'invoiced', invoiceId, totalCents: totalCents.toString(), isDue: remainingCents > 0n, because };
}

function alreadyClosed({ issued, closedBecause }: Closing): Finalized {
  const because = closedBecause ?? 'complete';
  return issued === undefined ? { kind: 'empty', because } : invoiced({ ...issued, because });
}

async function readOpened(trx: Trx, period: Period): Promise<Closing> {
  const closing = await readClosing(trx, period);
  if (closing === undefined) throw noSuchPeriod(period);
  return closing;
}

function noSuchPeriod({ workspace, month }: Period): MinutebookError {
  return new MinutebookError({
    code: 'not_found',
    detail: `expected the billing period ${month} of workspace ${workspace} to be open, but there is none: create the workspace first, which opens its periods`,
  });
}
