// What credit notes leave to be refunded goes back by itself: as far as it came by Stripe. A transfer waits, visibly, for
// somebody to pay it out and say under which reference.

import { audit } from '../db/accounts/audit';
import type { Trx } from '../db/connection/knex';
import { readRefundable } from '../db/payments/refundable';
import { readUnrefundedNotes, type UnrefundedNote } from '../db/payments/refunds';
import { type Cents, cents, formatCents, lesserCents } from '../domain/money';
import { planRefund, refundableByStripe } from '../domain/refunds';
import type { Settings } from './connections';
import { bookingGivenUp } from './settle-given-up';
import { startRefund } from './start-refund';

/**
 * Starts the refunds of an invoice that are due: one a note, once a note. Where payments are off they wait for the daily
 * mending. The caller holds the workspace's row. Answers how many it began.
 */
export async function refundCredited(
  trx: Trx,
  of: { readonly invoice: string; readonly settings: Pick<Settings, 'isCharging'>; readonly nowMs: number },
): Promise<number> {
  if (!of.settings.isCharging) return 0;
  let begun = 0;
  for (const note of await readUnrefundedNotes(trx, of.invoice)) begun += (await refundNote(trx, note, of)) ? 1 : 0;
  return begun;
}

async function refundNote(
  trx: Trx,
  note: UnrefundedNote,
  { invoice, nowMs }: { readonly invoice: string; readonly nowMs: number },
): Promise<boolean> {
  const refundable = await readRefundable(trx, invoice);
  if (refundable === undefined) throw new Error(`refunds: ${invoice} has a credit note and is not there`);
  const mostCents = lesserCents(refundable.toRefundCents, refundableByStripe(refundable));
  const amountCents = lesserCents(note.toRefundCents, mostCents);
  if (amountCents <= 0n) return false;
  const plan = planRefund(refundable, { amountCents });
  if (plan.kind !== 'refund') throw new Error(`refunds: ${invoice}: ${plan.message}`);
  const { workspace } = refundable;
  const key = `credit-note:${note.number}`;
  await bookingGivenUp(trx, { workspace, invoices: [invoice], cause: `refund:${key}`, nowMs }, () =>
    startRefund(trx, {
      ...{ workspace, key, invoice, amountCents, reason: note.reason, reference: null, because: 'correction' },
      body: bodyOf(invoice, amountCents),
      parts: plan.parts,
      nowMs,
    }),
  );
  const after = { key, amount: formatCents(amountCents) };
  const author = { actor: 'minutebook', nowMs };
  await audit(trx, author, { action: 'invoice.refunded', workspace, before: { invoice }, after });
  return true;
}

function bodyOf(invoice: string, amountCents: Cents) {
  return { invoice, amount: formatCents(cents(amountCents)) };
}
