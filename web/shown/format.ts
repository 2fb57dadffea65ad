// How figures are shown: by the browser's locale, in US dollars and UTC. Amounts are decimal strings and stay exact: Intl takes
// them as texts, and nothing here makes a floating-point number of one.
import { type Nanos, parseUsd, zeroNanos } from '../../domain/money';

type Decimal = Intl.StringNumericLiteral;

const currency = { style: 'currency', currency: 'USD' } as const;
const inCents = new Intl.NumberFormat(undefined, currency);
const exactly = new Intl.NumberFormat(undefined, { ...currency, minimumFractionDigits: 2, maximumFractionDigits: 9 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

/** `$12.35`, rounded to the cent. */
export const dollars = (amount: string): string => inCents.format(amount as Decimal);

/** `$12.345`: every decimal that it has, at least two. */
export const dollarsExact = (amount: string): string => exactly.format(amount as Decimal);

/** `−$12.35`: what is taken off. */
export const dollarsOff = (amount: string): string =>
  isZero(amount) ? dollars(amount) : inCents.format(negative(amount));

/** What can be compared and added. */
export const nanosOf = (amount: string): Nanos => parseUsd(amount) ?? zeroNanos;

export const isZero = (amount: string): boolean => nanosOf(amount) === 0n;

export const count = (number: number): string => whole.format(number);

function negative(amount: string): Decimal {
  return (amount.startsWith('-') ? amount.slice(1) : `-${amount}`) as Decimal;
}

/** `52 h 10 min`: exact, as what is priced is minutes. */
export function duration(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const parts = [hours === 0 ? undefined : `${count(hours)} h`, hours > 0 && rest === 0 ? undefined : `${rest} min`];
  return parts.filter((part) => part !== undefined).join(' ');
}

const utc = { timeZone: 'UTC' } as const;
const instants = new Intl.DateTimeFormat(undefined, { ...utc, dateStyle: 'medium', timeStyle: 'short' });
const days = new Intl.DateTimeFormat(undefined, { ...utc, dateStyle: 'medium' });
const shortDays = new Intl.DateTimeFormat(undefined, { ...utc, day: 'numeric', month: 'short' });
const longDays = new Intl.DateTimeFormat(undefined, { ...utc, weekday: 'long', day: 'numeric', month: 'long' });
const mediumDays = new Intl.DateTimeFormat(undefined, { ...utc, weekday: 'short', day: 'numeric', month: 'short' });
const times = new Intl.DateTimeFormat(undefined, { ...utc, timeStyle: 'short' });
const months = new Intl.DateTimeFormat(undefined, { ...utc, month: 'long', year: 'numeric' });

/** `Nov 26, 2026, 2:03 PM UTC`. */
export const instant = (at: string): string => `${instants.format(new Date(at))} UTC`;

/** `Nov 26, 2026`; days are UTC days. */
export const day = (at: string): string => days.format(new Date(at));

/** `Nov 26`. */
export const shortDay = (at: string): string => shortDays.format(new Date(at));

/** `Thursday, November 26`. */
export const longDay = (at: string): string => longDays.format(new Date(at));

/** `Thu, Nov 26`. */
export const mediumDay = (at: string): string => mediumDays.format(new Date(at));

/** `2:00 PM`, of UTC. */
export const time = (at: string): string => times.format(new Date(at));

/** `November 2026`, of `2026-11`. */
export const monthTitle = (month: string): string => months.format(new Date(`${month}-01T00:00:00Z`));

/** `3 days`, `5 hours`: about how long, for a time to come. */
export function about(hours: number): string {
  if (hours < 1) return 'less than an hour';
  if (hours < 48) return hours === 1 ? 'about an hour' : `about ${count(hours)} hours`;
  return `about ${count(Math.floor(hours / 24))} days`;
}
