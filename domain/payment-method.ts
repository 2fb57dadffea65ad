// A payment method in words for its owner.
import type { Decline } from './dunning/decline';

type Shown = {
  readonly type: Decline['methodType'];
  readonly brand: string | null;
  readonly last4: string | null;
  readonly bankName: string | null;
};

const brands: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  discover: 'Discover',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
};

/** `Visa ending 4242`, `STRIPE TEST BANK account ending 6789`. */
export function methodLabel({ type, brand, last4, bankName }: Shown): string {
  const name = type === 'card' ? (brands[brand ?? ''] ?? 'card') : `${bankName ?? 'bank'} account`;
  return last4 === null ? name : `${name} ending ${last4}`;
}
