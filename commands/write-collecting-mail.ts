// The e-mail that a look at an invoice owes its customer: facts and links, written in the transaction of the look.

import type { Trx } from '../db/connection/knex';
import { writeEmail } from '../db/mail/emails';
import { readLineSums } from '../db/payments/line-sums';
import { readStanding } from '../db/payments/standing';
import type { End, Wait } from '../domain/collecting/decide';
import { type InvoiceSays, mailDue, untoldMsMax, type WantedMail } from '../domain/collecting/mail';
import type { Standing } from '../domain/collecting/standing';
import { invoiceIssuedKey, invoiceNumber } from '../domain/ids';
import type { CollectingFacts } from '../domain/mail/collecting-email';
import type { InvoiceIssuedFacts, SettlementFacts } from '../domain/mail/email';
import type { LinkTask } from '../domain/payment-link';
import { formatInstant } from '../domain/period';
import type { Settings } from './connections';
import { makePaymentLink } from './make-payment-link';

type Writing = {
  readonly standing: Standing;
  readonly after: End | Wait;
  readonly settings: Settings;
  readonly nowMs: number;
};

/** Writes it, where there is one to write. */
export async function writeCollectingMail(trx: Trx, writing: Writing): Promise<void> {
  const { standing, after, nowMs } = writing;
  const wanted = mailDue(standing, after, nowMs);
  if (wanted === undefined) return;
  const { workspace, invoice: about } = standing;
  const { kind, key } = wanted;
  await writeEmail(trx, { key, workspace, kind, about, facts: await factsOf(trx, writing, wanted), nowMs });
}

/** Tells of an invoice whose collecting has not come to anything: what is due, and where it can be paid. */
export async function writeUntoldMail(
  trx: Trx,
  { invoice, settings, nowMs }: { readonly invoice: string; readonly settings: Settings; readonly nowMs: number },
): Promise<void> {
  const standing = await readStanding(trx, { invoice, nowMs });
  if (standing === undefined || standing.mailed.length > 0 || nowMs < standing.issuedAtMs + untoldMsMax) return;
  const { workspace } = standing;
  const after = { kind: 'wait', for: 'operator', untilMs: null, isPastDue: false } as const;
  const facts = await issuedFacts(trx, { standing, after, settings, nowMs }, { kind: 'due' });
  await writeEmail(trx, {
    key: invoiceIssuedKey(invoice),
    workspace,
    kind: 'invoice_issued',
    about: invoice,
    facts,
    nowMs,
  });
}

async function factsOf(trx: Trx, writing: Writing, wanted: WantedMail): Promise<InvoiceIssuedFacts | CollectingFacts> {
  if (wanted.kind === 'invoice_issued') return issuedFacts(trx, writing, wanted.says);
  const { writtenOffCents } = await readLineSums(trx, writing.standing.invoice);
  const facts = { ...sharedFacts(writing.standing), ...(writtenOffCents === undefined ? {} : { writtenOffCents }) };
  // A method on file would not be charged for who pays by invoice.
  const isByInvoice = writing.standing.collection === 'invoice';
  const tasks: readonly LinkTask[] = wanted.kind === 'reminder' || isByInvoice ? ['pay'] : ['pay', 'method'];
  switch (wanted.kind) {
    case 'payment_received': {
      const { cents, label, receivedAtMs } = wanted.payment;
      const received = {
        receivedCents: String(cents),
        receivedAt: formatInstant(receivedAtMs),
        method: label ?? 'payment',
      };
      return { ...facts, ...received, ...(await linksOf(trx, writing, ['pay'])) };
    }
    case 'reminder':
      return { ...facts, isOverdue: wanted.name !== 'before', ...(await linksOf(trx, writing, tasks)) };
    case 'payment_failed':
    case 'action_needed':
    case 'past_due':
      return { ...facts, ...triedFacts(writing.standing, wanted), ...(await linksOf(trx, writing, tasks)) };
    default:
      return wanted satisfies never;
  }
}

function sharedFacts({ workspace, number, month, dueAtMs, totalCents, remainingCents }: Standing): CollectingFacts {
  return {
    number: invoiceNumber({ workspace, number }),
    month,
    dueAt: formatInstant(dueAtMs),
    totalCents: String(totalCents),
    remainingCents: String(remainingCents),
  };
}

function triedFacts(
  { method, collection }: Standing,
  { attempt, row, retryAtMs }: Extract<WantedMail, { readonly row: string }>,
): Partial<CollectingFacts> {
  const isSame = method !== null && method.id === attempt.method;
  return {
    triedCents: String(attempt.amountCents),
    row,
    ...(isSame ? { method: method.label } : attempt.kind === 'checkout' ? { method: 'what you paid with' } : {}),
    ...(collection === 'invoice' ? { isByInvoice: true } : {}),
    ...(retryAtMs === null ? {} : { retryAt: formatInstant(retryAtMs) }),
  };
}

async function issuedFacts(trx: Trx, writing: Writing, says: InvoiceSays): Promise<InvoiceIssuedFacts> {
  const { standing } = writing;
  const { remainingCents: _, ...facts } = sharedFacts(standing);
  const sums = await readLineSums(trx, standing.invoice);
  const settlement = await settlementOf(trx, writing, says);
  return { ...facts, issuedAt: formatInstant(standing.issuedAtMs), ...sums, settlement };
}

async function settlementOf(trx: Trx, writing: Writing, says: InvoiceSays): Promise<SettlementFacts> {
  const { remainingCents, method } = writing.standing;
  const dueCents = String(remainingCents);
  switch (says.kind) {
    case 'paid':
      return {
        kind: 'paid',
        paidAt: formatInstant(says.payment.receivedAtMs),
        method: says.payment.label ?? 'the payment method on file',
        paidCents: String(says.payment.cents),
      };
    case 'processing':
      return { kind: 'processing', method: method?.label ?? 'your bank account' };
    case 'carried':
      return { kind: 'carried' };
    case 'due':
      return { kind: 'due', dueCents, ...(await linksOf(trx, writing, ['pay'])) };
    case 'no_method':
      return { kind: 'due', dueCents, ...(await linksOf(trx, writing, ['pay', 'method'])) };
    default:
      return says satisfies never;
  }
}

// Where nothing can be charged a link would lead nowhere, and of what is paid there is nothing to do.
async function linksOf(
  trx: Trx,
  { standing, settings, nowMs }: Writing,
  tasks: readonly LinkTask[],
): Promise<{ readonly payUrl?: string; readonly methodUrl?: string }> {
  const { workspace, invoice, remainingCents } = standing;
  if (!settings.isCharging || settings.publicUrl === null || remainingCents === 0n) return {};
  const payUrl = await makePaymentLink(trx, { workspace, task: 'pay', invoice, nowMs }, settings);
  if (!tasks.includes('method')) return { payUrl };
  return { payUrl, methodUrl: await makePaymentLink(trx, { workspace, task: 'method', nowMs }, settings) };
}
