// Money and days as they are written in e-mails.
import { type Cents, centsToNanos, formatUsdGrouped, nanos } from '../money';
import { monthName, monthOf } from '../period';

/** `$1,234.56`; what is taken off reads `−$12.00`. */
export function dollars(amount: Cents): string {
  const exact = centsToNanos(amount);
  return exact < 0n ? `−$${formatUsdGrouped(nanos(-exact))}` : `$${formatUsdGrouped(exact)}`;
}

/** What the guard's overrun is called, wherever an invoice names it. */
export const writtenOffLabel = 'Written off: usage after your credits ran out';

/** `1 February 2026` (UTC). */
export function dayName(ms: number): string {
  return `${new Date(ms).getUTCDate()} ${monthName(monthOf(ms))}`;
}
