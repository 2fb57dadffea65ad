// Refunding money of an invoice, as somebody asks for it: with its credit note, unless notes have credited it before or it was
// paid too much.

import { type Author, audit } from '../db/accounts/audit';
import type { Trx } from '../db/connection/knex';
import { wakeGuards } from '../db/guard/waking';
import { lockWorkspaceRow } from '../db/locks';
import { type Refundable, readRefundable } from '../db/payments/refundable';
import { readRefund, type StoredRefund } from '../db/payments/refunds';
import { MinutebookError } from '../domain/errors';
import { type Cents, formatCents } from '../domain/money';
import { ownRefundKeys, planRefund, type RefundPlan } from '../domain/refunds';
import type { Settings } from './connections';
import { creditInvoice, isVoid } from './credit-invoice';
import { bookingGivenUp } from './settle-given-up';
import { startRefund } from './start-refund';
import { writeRefundMail } from './write-refund-mail';

export type Refunding = {
  readonly workspace: string;
  readonly invoice: string;
  readonly key: string;
  readonly amountCents: Cents;
  readonly reason: string;
  readonly payment?: string | undefined;
  /** Of a transfer by which it was paid out. */
  readonly reference?: string | undefined;
};

type Asked = {
  readonly refunding: Refunding;
  readonly author: Author;
  readonly settings: Pick<Settings, 'isCharging' | 'isMailing'>;
};

/**
 * Starts a refund once under a key; the same again answers the same refund. Throws `conflict` where the key has other
 * content, where the amount is more than what is left, where a payment is disputed or goes back only by hand;
 * `payments_off` where it would go back by Stripe and there is none.
 */
export async function refundInvoice(
  trx: Trx,
  { refunding, author, settings }: Asked,
): Promise<{ readonly refund: StoredRefund; readonly isNew: boolean }> {
  const { workspace, invoice, key } = refunding;
  await lockWorkspaceRow(trx, workspace);
  const known = await readRefund(trx, { workspace, key });
  if (known !== undefined) return { refund: sameRefund(known, refunding), isNew: false };
  refuseOwnKeys(key);
  const { refundable, plan } = await planned(trx, refunding);
  if (!settings.isCharging && plan.parts.some(({ isByHand }) => !isByHand)) throw paymentsOff(invoice);
  await payBack(trx, { refunding, author, settings }, plan);
  if (plan.isOverpayment) await wakeGuards(trx, { workspaces: [workspace], nowMs: author.nowMs });
  const refund = await written(trx, refunding);
  const after = { ...bodyOf(refunding), creditNote: refund.creditNote, payments: plan.parts.map((it) => it.payment) };
  await audit(trx, author, {
    action: 'invoice.refunded',
    workspace,
    before: { invoice, status: refundable.status },
    after,
  });
  // What is all paid out by hand is told at once, what Stripe pays back once it has taken it.
  if (settings.isMailing) await writeRefundMail(trx, refund, author.nowMs);
  return { refund, isNew: true };
}

// The money first: crediting it first could make the invoice paid for a moment, and lose that it is past due. Of one that was
// written off, what is refunded again after it failed is a bad debt again.
async function payBack(trx: Trx, { refunding, author, settings }: Asked, plan: Planned): Promise<void> {
  const { workspace, invoice, key, amountCents, reason, reference = null } = refunding;
  const { nowMs } = author;
  await bookingGivenUp(trx, { workspace, invoices: [invoice], cause: `refund:${key}`, nowMs }, async () => {
    await startRefund(trx, {
      ...{ workspace, key, invoice, amountCents, reason, reference },
      because: plan.isOverpayment ? 'overpayment' : 'asked',
      body: bodyOf(refunding),
      parts: plan.parts,
      nowMs,
    });
    if (plan.noteCents === 0n) return;
    const crediting = { workspace, invoice, kind: 'refund', key, reason, amountCents: plan.noteCents } as const;
    // The refund's own e-mail tells of it.
    await creditInvoice(trx, { crediting, author, settings: { ...settings, isMailing: false } });
  });
}

type Planned = Extract<RefundPlan, { readonly kind: 'refund' }>;

async function planned(
  trx: Trx,
  { invoice, amountCents, payment, reference }: Refunding,
): Promise<{ readonly refundable: Refundable; readonly plan: Planned }> {
  const refundable = await readRefundable(trx, invoice);
  if (refundable === undefined)
    throw new MinutebookError({ code: 'not_found', detail: `there is no invoice ${invoice}` });
  const plan = planRefund(refundable, { amountCents, payment, reference });
  if (plan.kind === 'refund') {
    if (refundable.status === 'void' && plan.noteCents > 0n) throw isVoid(invoice);
    return { refundable, plan };
  }
  const { field, message } = plan;
  throw new MinutebookError({
    code: 'conflict',
    detail: `nothing was refunded: ${message}`,
    faults: [{ field, message }],
  });
}

async function written(trx: Trx, { workspace, key }: Refunding): Promise<StoredRefund> {
  const refund = await readRefund(trx, { workspace, key });
  if (refund === undefined) throw new Error(`refunds: ${key} of ${workspace} was written and is not there`);
  return refund;
}

function bodyOf({ invoice, amountCents, reason, payment, reference }: Refunding) {
  return { invoice, amount: formatCents(amountCents), reason, payment: payment ?? null, reference: reference ?? null };
}

/** The stored refund, where it says the same. */
function sameRefund(stored: StoredRefund, refunding: Refunding): StoredRefund {
  const body = stored.body as Partial<ReturnType<typeof bodyOf>>;
  const asked = bodyOf(refunding);
  const other = (Object.keys(asked) as (keyof typeof asked)[]).filter((field) => body[field] !== asked[field]);
  if (other.length === 0) return stored;
  throw new MinutebookError({
    code: 'conflict',
    detail: `nothing was refunded: workspace ${stored.workspace} has a refund ${stored.key} already, with another ${other.join(', ')}; give this one a key of its own`,
    faults: other.map((field) => ({ field, message: 'another one than that of the stored refund' })),
  });
}

function refuseOwnKeys(key: string): void {
  const own = ownRefundKeys.find((prefix) => key.startsWith(prefix));
  if (own === undefined) return;
  const message = `expected a key that does not begin with ${own}, which Minutebook gives by itself; came ${key}`;
  throw new MinutebookError({ code: 'invalid_request', detail: message, faults: [{ field: 'key', message }] });
}

function paymentsOff(invoice: string): MinutebookError {
  return new MinutebookError({
    code: 'payments_off',
    detail: `nothing was refunded: what was paid of ${invoice} by Stripe goes back by Stripe, and STRIPE_SECRET_KEY is not set`,
  });
}
