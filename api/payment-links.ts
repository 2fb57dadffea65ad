// What the link of an e-mail is about, as it is answered: one invoice without its lines, or the method on file.
import type { LinkedInvoice } from '../contract/payment-links';
import type { PayableInvoice } from '../db/payments/checkouts';
import type { StoredLink } from '../db/payments/links';
import type { ShownCollecting } from '../db/payments/reading';
import { invoiceNumber } from '../domain/ids';
import { formatCents } from '../domain/money';
import { decidePayment, notPayableWords, type PayDecision } from '../domain/paying';
import type { LinkTask } from '../domain/payment-link';
import { formatInstant } from '../domain/period';
import { doneLink, expiredLink, unknownLink } from './pages/notices';
import type { Shown } from './pages/page';

/** What is said of a link that is good for nothing, or not for this task; undefined where it is good. */
export function refusalOf(
  link: StoredLink | undefined,
  { task, nowMs }: { readonly task?: LinkTask; readonly nowMs: number },
): Shown | undefined {
  if (link === undefined || (task !== undefined && link.task !== task)) return unknownLink;
  if (nowMs >= link.expiresMs) return expiredLink;
  return link.isDone ? doneLink : undefined;
}

/** How an invoice stands for whoever holds a link to pay it. */
export function linkedInvoiceShape(
  invoice: PayableInvoice,
  { collecting, nowMs }: { readonly collecting: ShownCollecting | undefined; readonly nowMs: number },
): LinkedInvoice {
  const { month, totalCents, writtenOffCents, remainingCents, dueAtMs } = invoice;
  return {
    number: invoiceNumber(invoice),
    period: month,
    total: formatCents(totalCents),
    writtenOff: formatCents(writtenOffCents),
    remaining: formatCents(remainingCents),
    dueAt: formatInstant(dueAtMs),
    ...standingOf(decidePayment(invoice, nowMs), invoice),
    ...(collecting?.waitsFor === 'authentication' ? { wantsConfirming: true } : {}),
  };
}

function standingOf(decision: PayDecision, { remainingCents }: PayableInvoice) {
  switch (decision.kind) {
    case 'open':
      return { state: 'payable', payNow: formatCents(decision.amountCents) } as const;
    case 'reuse':
    case 'replace':
    case 'ask_again':
    case 'give_up':
      return { state: 'payable', payNow: formatCents(remainingCents) } as const;
    default:
      return { state: decision.kind, says: notPayableWords[decision.kind] } as const;
  }
}
