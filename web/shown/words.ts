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
export function methodName({ type, brand = null, last4 }: Partial<Method> & Pick<Method, 'type' | 'last4'>): string {
  const label = methodLabel({ type, brand: brand ?? null, last4, bankName: null });
  return label.slice(0, 1).toUpperCase() + label.slice(1);
}

type Method = Answer<'getPaymentMethod'>;

/** `1 version`, `3 versions`. */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`;
