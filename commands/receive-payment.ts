// Money that came in, shared out: over the invoices that it is meant for, then over the oldest that are unpaid; the rest
// becomes a grant. One place for what Stripe takes and for what was received elsewhere.

import type { Trx } from '../db/connection/knex';
import { addPayment, type NewPayment, type OwedInvoice, readOwed } from '../db/payments/payments';
import { wakeCollecting } from '../db/payments/waking';
import { defaultPriority } from '../domain/credits';
import { overpaymentKey } from '../domain/ids';
import { type Posting, paymentPosting, writeOffReversal } from '../domain/ledger';
import { cents, centsToNanos, lesserCents } from '../domain/money';
import { type Allocation, allocate } from '../domain/payments';
import { giveGrant } from './give-grant';

export type Received = Omit<NewPayment, 'allocations' | 'postings' | 'grantedCents'> & {
  /** The invoices that it is meant for, in this order. */
  readonly pays: readonly string[];
  /** Of whom the caller sees to it himself that it is looked at again. */
  readonly except?: string;
  readonly actor: string;
};

/** The caller holds the workspace's row and knows that this payment is new. Answers which invoices it pays. */
export async function receivePayment(trx: Trx, received: Received): Promise<readonly Allocation[]> {
  const { pays, except, actor, ...payment } = received;
  const { workspace, amountCents, nowMs } = payment;
  const owed = await readOwed(trx, { workspace, pays });
  const { allocations, restCents } = allocate({ cents: amountCents, invoices: owed });
  const reversals = allocations.flatMap((allocation) => reversalOf(allocation, payment.payment, owed));
  const postings = [...reversals, paymentPosting(payment)];
  await addPayment(trx, { ...payment, allocations, postings, grantedCents: restCents });
  if (restCents > 0n) await grantRest(trx, { ...payment, restCents, actor, nowMs });
  await wakeCollecting(
    trx,
    allocations.map(({ invoice }) => invoice).filter((invoice) => invoice !== except),
  );
  return allocations;
}

// What was written off is owed again as far as it is paid.
function reversalOf(allocation: Allocation, payment: string, owed: readonly OwedInvoice[]): readonly Posting[] {
  const { badDebtCents = cents(0n) } = owed.find(({ id }) => id === allocation.invoice) ?? {};
  const amountCents = lesserCents(allocation.cents, badDebtCents);
  return amountCents <= 0n ? [] : [writeOffReversal({ invoice: allocation.invoice, payment, amountCents })];
}

// An over-payment is the customer's: credits for later usage, from now on and without end.
async function grantRest(
  trx: Trx,
  of: Pick<NewPayment, 'workspace' | 'payment'> & {
    readonly restCents: NewPayment['grantedCents'];
    readonly actor: string;
    readonly nowMs: number;
  },
): Promise<void> {
  const { workspace, payment, restCents, actor, nowMs } = of;
  const grant = {
    key: overpaymentKey(payment),
    kind: 'adjustment',
    amountNanos: centsToNanos(restCents),
    validFromMs: nowMs,
    validUntilMs: null,
    priority: defaultPriority,
  } as const;
  await giveGrant(trx, { workspace, grant, author: { actor, nowMs }, account: 'receivable' });
}
