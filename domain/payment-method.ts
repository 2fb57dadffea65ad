// What a workspace pays with, as far as we know it: brand, last four and expiry, never a number.
import type { Decline } from './dunning/decline';
import { plainLine } from './mail/plain';
import { monthOf } from './period';

export type PaymentMethodType = 'card' | 'us_bank_account';

export type StoredMethod = {
  /** Its id at the payment processor. */
  readonly method: string;
  readonly type: PaymentMethodType;
  readonly brand: string | null;
  readonly last4: string;
  readonly expMonth: number | null;
  readonly expYear: number | null;
  readonly bankName: string | null;
  readonly funding: string | null;
  /** The same for the same card or account. */
  readonly fingerprint: string | null;
};

type Shown = {
  readonly type: Decline['methodType'];
  readonly brand: string | null;
  readonly last4: string | null;
  readonly bankName: string | null;
};

const brands: Readonly<Record<string, string>> = {
  amex: 'American Express',
  cartes_bancaires: 'Cartes Bancaires',
  diners: 'Diners Club',
  discover: 'Discover',
  eftpos_au: 'eftpos',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

/** As its owner knows it: `Visa ending 4242`, `STRIPE TEST BANK account ending 6789`. */
export function methodLabel({ type, brand, last4, bankName }: Shown): string {
  const bank = bankName === null ? 'bank' : plainLine(bankName, 60);
  const name = type === 'card' ? (brands[brand ?? ''] ?? 'card') : `${bank} account`;
  return last4 === null ? name : `${name} ending ${last4}`;
}

type Expiring = { readonly expMonth: number | null; readonly expYear: number | null };

/** `03/2027`; undefined of what does not expire. */
export function expiryLabel({ expMonth, expYear }: Expiring): string | undefined {
  if (expMonth === null || expYear === null) return undefined;
  return `${String(expMonth).padStart(2, '0')}/${expYear}`;
}

/** Whether a card's last month is over (UTC). What does not say when it expires has not. */
export function isExpired({ expMonth, expYear }: Expiring, nowMs: number): boolean {
  if (expMonth === null || expYear === null) return false;
  return `${expYear}-${String(expMonth).padStart(2, '0')}` < monthOf(nowMs);
}
