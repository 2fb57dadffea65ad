// Money and days as they are written in e-mails.
import { type Cents, centsToNanos, formatUsdGrouped, nanos } from '../money';
import { dayMs, hourMs, monthName, monthOf } from '../period';

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

/** `1 February 2026, 14:05 UTC`. */
export function instantName(ms: number): string {
  return `${dayName(ms)}, ${new Date(ms).toISOString().slice(11, 16)} UTC`;
}

/** How long something lasts, in the largest unit of which it has two: `40 minutes`, `5 hours`, `12 days`. */
export function lasting(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  return ms < 2 * dayMs ? `${Math.floor(ms / hourMs)} hours` : `${Math.floor(ms / dayMs)} days`;
}
