// What the words of the API are called on the page.
import type { Answer } from '../../contract/operations';
import { methodLabel } from '../../domain/payment-method';
import type { Phase } from '../../domain/usage';

export const phaseNames: Readonly<Record<Phase, string>> = {
  deploying: 'Deploying',
  scaling_up: 'Scaling up',
  serving: 'Serving',
  scaling_down: 'Scaling down',
  idle: 'Idle',
};

type Invoice = Answer<'getInvoice'>;

export const statusNames: Readonly<Record<Invoice['status'], string>> = {
  issued: 'Open',
  paid: 'Paid',
  past_due: 'Past due',
  uncollectible: 'Written off',
  void: 'Void',
};

export const grantKinds: Readonly<Record<Answer<'getCredits'>['grants'][number]['kind'], string>> = {
  free: 'Free credits',
  promotional: 'Promotional credits',
  purchased: 'Purchased credits',
  goodwill: 'Goodwill',
  adjustment: 'Adjustment',
};

/** `Visa ending 4242`, as e-mails have it. */
export function methodName({ type, brand, last4 }: Answer<'getPaymentMethod'>): string {
  const label = methodLabel({ type, brand: brand ?? null, last4, bankName: null });
  return label.slice(0, 1).toUpperCase() + label.slice(1);
}

/** `1 version`, `3 versions`. */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`;

export const emailKinds: Readonly<Record<Answer<'listEmails'>['items'][number]['kind'], string>> = {
  invoice_issued: 'Invoice',
  credit_note_issued: 'Credit note',
  refund: 'Refund',
  refund_failed: 'A refund came back',
  payment_failed: 'Payment failed',
  action_needed: 'Action needed',
  past_due: 'Past due',
  payment_received: 'Payment received',
  reminder: 'Reminder',
  card_expires: 'Your card expires',
  credits_short: 'Credits run low',
  credits_used: 'Credits used up',
  suspended: 'Models stopped',
  restored: 'Models run again',
  deploy_refused: 'A deployment was refused',
};
