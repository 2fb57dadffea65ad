// Which e-mail an invoice's collecting owes its customer now: at most one for each thing that happened, under a key made of
// it. What was written already is not written again, so asking again finds nothing to say.
import { followDecline } from '../dunning/follow';
import { invoiceIssuedKey } from '../ids';
import { dayMs, hourMs } from '../period';
import type { End, Wait } from './decide';
import { type ReminderName, reminderDue } from './reminders';
import type { Attempt, LastPayment, Standing } from './standing';

export type WantedMail =
  /** "Invoice N", with what becomes of its total. */
  | { readonly kind: 'invoice_issued'; readonly key: string; readonly says: InvoiceSays }
  /** A charge that did not come in. `action_needed`: the customer has to confirm it. `past_due`: it was the last try. */
  | {
      readonly kind: 'payment_failed' | 'action_needed' | 'past_due';
      readonly key: string;
      readonly attempt: Attempt;
      readonly row: string;
      readonly retryAtMs: number | null;
    }
  | { readonly kind: 'payment_received'; readonly key: string; readonly payment: LastPayment }
  | { readonly kind: 'reminder'; readonly key: string; readonly name: ReminderName };

export type InvoiceSays =
  | { readonly kind: 'paid'; readonly payment: LastPayment }
  | { readonly kind: 'processing' | 'carried' | 'no_method' | 'due' };

/** The e-mail that is due, after a look that ended or goes on waiting. */
export function mailDue(standing: Standing, after: End | Wait, nowMs: number): WantedMail | undefined {
  const failed = failureMail(standing, after);
  if (failed !== undefined) return failed;
  if (standing.mailed.length === 0) return firstMail(standing, after, nowMs);
  return paymentMail(standing) ?? reminderMail(standing, after, nowMs);
}

// An invoice's first e-mail is decided by the first outcome. Where that is slow to come, it goes out without one.
function firstMail(standing: Standing, after: End | Wait, nowMs: number): WantedMail | undefined {
  const { invoice, lastPayment, issuedAtMs } = standing;
  const issued = (says: InvoiceSays): WantedMail => ({ kind: 'invoice_issued', key: invoiceIssuedKey(invoice), says });
  if (after.kind === 'end') {
    return after.as === 'paid' && lastPayment !== null ? issued({ kind: 'paid', payment: lastPayment }) : undefined;
  }
  switch (after.for) {
    case 'processing':
      return issued({ kind: 'processing' });
    case 'more':
      return issued({ kind: 'carried' });
    case 'payer':
      return issued({ kind: 'due' });
    case 'method':
    case 'new_method':
    case 'method_updated':
    case 'authentication':
    case 'card_budget':
      return issued({ kind: 'no_method' });
    case 'retry':
    case 'dispute':
    case 'operator':
      return nowMs >= issuedAtMs + hourMs ? issued({ kind: 'due' }) : undefined;
    default:
      return after.for satisfies never;
  }
}

function failureMail(standing: Standing, after: End | Wait): WantedMail | undefined {
  const attempt = standing.attempts.findLast(({ state }) => state !== 'expired' && state !== 'never_arrived');
  const decline = attempt?.returned?.decline ?? (attempt && isFailed(attempt) ? attempt.decline : null);
  if (attempt === undefined || decline === null || decline === undefined || after.kind === 'end') return undefined;
  const key = `payment-failed:${standing.invoice}:${attempt.number}${attempt.returned === null ? '' : ':returned'}`;
  if (isMailed(standing, key)) return undefined;
  const { row, kind } = followDecline(decline);
  const retryAtMs = after.for === 'retry' ? after.untilMs : null;
  // Who pays by invoice tried by himself, and may do so again until it is due, of which reminders tell.
  const isTriedByUs = standing.collection === 'charge';
  const isLast =
    isTriedByUs && retryAtMs === null && (kind === 'calendar' || kind === 'retry_at' || kind === 'look_up');
  const mail = kind === 'authenticate' ? 'action_needed' : isLast ? 'past_due' : 'payment_failed';
  return { kind: mail, key, attempt, row, retryAtMs };
}

function isFailed({ state }: Attempt): boolean {
  return state === 'declined' || state === 'needs_customer';
}

function paymentMail(standing: Standing): WantedMail | undefined {
  const { lastPayment, mailed } = standing;
  if (lastPayment === null) return undefined;
  const key = `payment-received:${standing.invoice}:${lastPayment.nth}`;
  const isTold = mailed.some(({ isReceipt, datedAtMs }) => isReceipt && datedAtMs >= lastPayment.receivedAtMs);
  if (isTold || isMailed(standing, key)) return undefined;
  return { kind: 'payment_received', key, payment: lastPayment };
}

// Nobody is reminded while a debit of his is under way, or his bank looks into a payment.
function reminderMail(standing: Standing, after: End | Wait, nowMs: number): WantedMail | undefined {
  if (standing.collection !== 'invoice' || after.kind === 'end' || after.for !== 'payer') return undefined;
  const dueMs = Math.max(standing.dueAtMs, standing.issuedAtMs + hourMs);
  const name = reminderDue({ issuedAtMs: standing.issuedAtMs, dueMs }, nowMs);
  if (name === undefined) return undefined;
  const key = `reminder:${standing.invoice}:${name}`;
  return isMailed(standing, key) ? undefined : { kind: 'reminder', key, name };
}

function isMailed({ mailed }: Standing, key: string): boolean {
  return mailed.some((mail) => mail.key === key);
}

/** How long after its issue an invoice of which nobody has told yet is told by a sweep. */
export const untoldMsMax = hourMs;
/** And how far back that sweep looks. */
export const untoldLookBackMs = 62 * dayMs;
