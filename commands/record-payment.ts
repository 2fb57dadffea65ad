// Recording money that was received elsewhere: a bank transfer, a cheque. Once under its key.

import { type Author, audit } from '../db/accounts/audit';
import type { StoredInvoice } from '../db/billing/invoices-read';
import { readInvoice } from '../db/billing/invoices-read';
import type { Trx } from '../db/connection/knex';
import { lockWorkspaceRow } from '../db/locks';
import { readPayment, type StoredPayment } from '../db/payments/payments';
import { MinutebookError } from '../domain/errors';
import { type Cents, formatCents } from '../domain/money';
import { receivePayment } from './receive-payment';

export type PaymentToRecord = {
  readonly invoice: StoredInvoice;
  readonly key: string;
  readonly amountCents: Cents;
  readonly reference: string;
  readonly author: Author;
};

/** The id of a payment that was recorded by hand. */
export function recordedPaymentId(key: string): string {
  return `recorded:${key}`;
}

/**
 * Applies it to the invoice, what is over to the oldest unpaid ones, and the rest becomes a grant. The same key and content
 * changes nothing. Throws `conflict` where the key has other content, or the invoice is void.
 */
export async function recordPayment(
  trx: Trx,
  { invoice: { workspace, id: invoice }, key, amountCents, reference, author }: PaymentToRecord,
): Promise<{ readonly payment: string; readonly isNew: boolean }> {
  await lockWorkspaceRow(trx, workspace);
  const payment = recordedPaymentId(key);
  const stored = await readPayment(trx, { workspace, payment });
  if (stored !== undefined) {
    refuseOther(stored, { key, amountCents, reference, invoice });
    return { payment, isNew: false };
  }
  await refuseVoid(trx, invoice);
  const allocations = await receivePayment(trx, {
    workspace,
    payment,
    invoice,
    source: 'elsewhere',
    amountCents,
    feeCents: null,
    charge: null,
    methodType: 'elsewhere',
    methodLabel: `received elsewhere, ${reference}`,
    method: null,
    reference,
    pays: [invoice],
    actor: author.actor,
    nowMs: author.nowMs,
  });
  const applied = allocations.map((each) => ({ invoice: each.invoice, amount: formatCents(each.cents) }));
  const after = { key, invoice, reference, amount: formatCents(amountCents), applied };
  await audit(trx, author, { action: 'payment.recorded', workspace, before: null, after });
  return { payment, isNew: true };
}

function refuseOther(
  stored: StoredPayment,
  { key, ...wanted }: Pick<StoredPayment, 'amountCents' | 'reference' | 'invoice'> & { readonly key: string },
): void {
  const names = { amountCents: 'amount', reference: 'reference', invoice: 'invoice' } as const;
  const other = (Object.keys(names) as (keyof typeof names)[]).filter((field) => stored[field] !== wanted[field]);
  if (other.length === 0) return;
  const fields = other.map((field) => names[field]);
  throw new MinutebookError({
    code: 'conflict',
    detail: `payment ${key} was recorded already, with another ${fields.join(', ')}; give this one a key of its own`,
    faults: fields.map((field) => ({ field, message: 'another one than that of the recorded payment' })),
  });
}

// Read again under the lock: it may just have become so.
async function refuseVoid(trx: Trx, id: string): Promise<void> {
  const invoice = await readInvoice(trx, id);
  if (invoice?.status !== 'void') return;
  const detail = `invoice ${id} is void: nothing can be paid of it. Record the payment for another invoice, or give a grant`;
  throw new MinutebookError({ code: 'conflict', detail });
}
