// Pages that only say something: links that are good for nothing more, and what came of a visit to the processor's page.
import type { SetupOutcome } from '../../commands/settle-setup';
import { isUnreachable } from '../../db/connection/unreachable';
import type { PayableInvoice } from '../../db/payments/checkouts';
import { MinutebookError } from '../../domain/errors';
import { invoiceNumber } from '../../domain/ids';
import { dollars } from '../../domain/mail/wording';
import type { Cents } from '../../domain/money';
import { methodLabel } from '../../domain/payment-method';
import type { PageLink, Shown } from './page';

export const unknownLink = notice(404, 'This link does not lead anywhere', [
  'It may have been cut short on its way. Please open it again from the e-mail that it came with.',
]);

export const expiredLink = notice(410, 'This link has expired', [
  'Links in our e-mails are good for sixty days. The latest e-mail about your invoices has one that works, and so has the billing page of your account.',
]);

export const doneLink = notice(410, 'This has been done', [
  'A payment method was added by this link, and it is not needed any more. To change it again, use the billing page of your account.',
]);

const notCharging = notice(503, 'Nothing can be paid here at the moment', [
  'Online payment is switched off. Your invoice says how else it can be paid.',
]);

const away = notice(503, 'This cannot be done at the moment', [
  'Something that we depend on does not answer. Please try again in a minute: nothing was charged.',
]);

const broken = notice(500, 'Something is broken here', [
  'It is not your fault, and nothing was charged. Please try again later.',
]);

const tooMany = notice(429, 'Too many pages at once', [
  'So much was asked for from where you are that we answer it no further for a moment. Open this page again in a minute.',
]);

/** What a customer is told of an error; what went wrong is for the log. */
export function brokenNotice(error: Error & { readonly statusCode?: number }): Shown {
  const code = error instanceof MinutebookError ? error.code : undefined;
  if (code === 'payments_off' || code === 'payments_misconfigured') return notCharging;
  if (code === 'unavailable' || isUnreachable(error)) return away;
  if (code === 'rate_limited') return tooMany;
  const { statusCode = 500 } = error;
  return code === undefined && statusCode >= 400 && statusCode < 500 ? { ...unknownLink, status: statusCode } : broken;
}

export const nothingChanged = notice(200, 'Nothing was changed', ['You may close this window.']);

export const unknownSession = notice(404, 'There is nothing here', ['You may close this window.']);

export const checking = notice(200, 'Thank you', [
  'Our payment processor is still telling us what came of it. There is nothing for you to do: you may close this window.',
]);

export const underWay = notice(200, 'Thank you: your payment is under way', [
  'A bank debit takes some days. You will get an e-mail when it has come through. You may close this window.',
]);

/** After a page on which an invoice was paid, or a part of it. */
export function paidNotice(
  invoice: PayableInvoice,
  { paidCents, link }: { readonly paidCents: Cents; readonly link: string | undefined },
): Shown {
  const { remainingCents } = invoice;
  const came = `Your payment for invoice ${invoiceNumber(invoice)} has come in.`;
  const heading = `Thank you: ${dollars(paidCents)} is paid`;
  if (remainingCents === 0n) return notice(200, heading, [`${came} Nothing remains to be paid.`]);
  const next = link === undefined ? undefined : { says: 'Pay the next part', to: link };
  return notice(200, heading, [`${came} ${dollars(remainingCents)} remains.`], next);
}

/** After a page on which a method was to be added. */
export function setupNotice(outcome: SetupOutcome): Shown {
  switch (outcome.kind) {
    case 'added': {
      const name = capitalised(methodLabel(outcome.method));
      return notice(200, 'Your payment method is on file', [
        `${name} is what your invoices are paid with from now on. Those that are open are charged to it at once.`,
        'You may close this window.',
      ]);
    }
    case 'to_be_verified':
      return notice(200, 'Your bank account is being verified', [
        'You will get a message from our payment processor about two small amounts on your account. Once you have confirmed them, your invoices are paid with it.',
      ]);
    case 'open':
      return nothingChanged;
    case 'expired':
      return notice(410, 'This page was open for too long', ['Please begin again: nothing was changed.']);
    case 'gone':
    case 'foreign':
      return unknownSession;
    default:
      return outcome satisfies never;
  }
}

function notice(status: number, heading: string, paragraphs: readonly string[], link?: PageLink): Shown {
  return { status, page: { heading, paragraphs, ...(link === undefined ? {} : { link }) } };
}

/** `Card ending 4242`, where the name of a method begins a line. */
function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
