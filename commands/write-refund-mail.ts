// The e-mail of a refund: written once Stripe has taken all of it, or somebody has paid it out, and saying what did go back.

import { readInvoice } from '../db/billing/invoices-read';
import type { Trx } from '../db/connection/knex';
import { emailExists, writeEmail } from '../db/mail/emails';
import { readRefundParts, type StoredPart, type StoredRefund } from '../db/payments/refunds';
import { invoiceNumber, refundEmailKey } from '../domain/ids';
import type { RefundFacts } from '../domain/mail/refund';
import type { RefundFailedFacts } from '../domain/mail/refund-failed';
import { formatInstant } from '../domain/period';
import { boundedKey } from './bounded-key';

/** As the table of e-mails has it. */
const emailKeyLengthMax = 250;

/** Writes it, unless it is there, something of the refund is still to be sent, or nothing went back. */
export async function writeRefundMail(trx: Trx, refund: StoredRefund, nowMs: number): Promise<void> {
  const { workspace, invoice: about, key } = refund;
  const parts = await readRefundParts(trx, { workspace, key });
  const went = parts.filter(({ state }) => state !== 'failed');
  if (went.length === 0 || parts.some(({ state }) => state === 'sending')) return;
  const email = boundedKey(refundEmailKey({ workspace, key }), emailKeyLengthMax);
  if (await emailExists(trx, { workspace, key: email })) return;
  const facts = factsOf(refund, went, { number: await numberOf(trx, refund), nowMs });
  await writeEmail(trx, { key: email, workspace, kind: 'refund', about, facts, nowMs });
}

/** Tells the customer of a part that came back, where he was told that it was on its way. */
export async function writeRefundFailedMail(trx: Trx, part: StoredPart, nowMs: number): Promise<void> {
  const { workspace, key, number, invoice: about } = part;
  const told = boundedKey(refundEmailKey({ workspace, key }), emailKeyLengthMax);
  if (!(await emailExists(trx, { workspace, key: told }))) return;
  const email = boundedKey(`refund-failed:${workspace}~${key}:${number}`, emailKeyLengthMax);
  if (await emailExists(trx, { workspace, key: email })) return;
  const facts: RefundFailedFacts = {
    number: await numberOf(trx, part),
    cents: String(part.amountCents),
    to: part.label ?? someMethod,
  };
  await writeEmail(trx, { key: email, workspace, kind: 'refund_failed', about, facts, nowMs });
}

const someMethod = 'the payment method that it was paid with';

async function numberOf(
  trx: Trx,
  { invoice: id, workspace }: Pick<StoredRefund, 'invoice' | 'workspace'>,
): Promise<string> {
  const invoice = await readInvoice(trx, id);
  if (invoice === undefined) throw new Error(`refunds: ${id} was refunded and is not there`);
  return invoiceNumber({ workspace, number: invoice.number });
}

function factsOf(
  { creditNote, reason }: StoredRefund,
  parts: readonly StoredPart[],
  { number, nowMs }: { readonly number: string; readonly nowMs: number },
): RefundFacts {
  return {
    number,
    refundedAt: formatInstant(nowMs),
    reason,
    parts: parts.map(({ amountCents, label, reference }) => ({
      cents: String(amountCents),
      to: label ?? someMethod,
      ...(reference === null ? {} : { reference }),
    })),
    ...(creditNote === null ? {} : { note: creditNote }),
  };
}
