// Amounts, counts and days as people read them.
import { type Cents, centsToNanos, formatUsdGrouped } from '../../domain/money';
import { monthName, monthOf } from '../../domain/period';

/** `1,234.50` */
export function amount(amountCents: Cents): string {
  return formatUsdGrouped(centsToNanos(amountCents));
}

/** `1,234.50 USD` */
export function dollars(amountCents: Cents): string {
  return `${amount(amountCents)} USD`;
}

/** `44,640` */
export function wholeNumber(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `31 January 2025`, in UTC. */
export function date(ms: number): string {
  return `${new Date(ms).getUTCDate()} ${monthName(monthOf(ms))}`;
}
