// Months, hours and instants, all UTC. Nothing here reads a clock: time is an argument.

/** A billing period: a UTC calendar month as `YYYY-MM`. What `parseMonth` lets through. */
export type Month = string;

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Reads `YYYY-MM`, from 1970 on; undefined where the text is no month. */
export function parseMonth(text: string): Month | undefined {
  return /^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])$/.test(text) ? text : undefined;
}

/** The month that an instant (epoch milliseconds) lies in. */
export function monthOf(ms: number): Month {
  return new Date(ms).toISOString().slice(0, 7);
}

/** The month's first instant, in epoch milliseconds. */
export function monthStartMs(month: Month): number {
  const [year, number] = yearAndMonth(month);
  return Date.UTC(year, number - 1, 1);
}

/** The month's end, which is the next month's first instant. */
export function monthEndMs(month: Month): number {
  const [year, number] = yearAndMonth(month);
  return Date.UTC(year, number, 1);
}

/** The month after. */
export function nextMonth(month: Month): Month {
  return monthOf(monthEndMs(month));
}

/** The month before. */
export function previousMonth(month: Month): Month {
  return monthOf(monthStartMs(month) - 1);
}

/** Every month from the first to the last, both included; none where the last lies before the first. */
export function monthsFrom(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  // The last month that there is has none after it.
  for (let month = first; month <= last; month = nextMonth(month)) {
    months.push(month);
    if (month === last) break;
  }
  return months;
}

/** `January 2025`, for people. */
export function monthName(month: Month): string {
  const [year, number] = yearAndMonth(month);
  return `${monthNames[number - 1]} ${year}`;
}

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function yearAndMonth(month: Month): [number, number] {
  if (parseMonth(month) === undefined) throw new RangeError(`expected a month as YYYY-MM, came ${month}`);
  return [Number(month.slice(0, 4)), Number(month.slice(5))];
}

/** The hour (hours since the epoch) that an instant lies in. */
export function hourOf(ms: number): number {
  return Math.floor(ms / hourMs);
}

/** The first instant of an hour, in epoch milliseconds. */
export function hourStartMs(hour: number): number {
  return hour * hourMs;
}

const lastHour = Date.UTC(9999, 11, 31, 23) / hourMs;

/** The first hour that does not begin before the instant; the last one that RFC 3339 can write where none does. */
export function hourNotBefore(ms: number): number {
  return Math.min(Math.ceil(ms / hourMs), lastHour);
}

/** The month's hours, half-open. */
export function monthHours(month: Month): { readonly from: number; readonly to: number } {
  return { from: hourOf(monthStartMs(month)), to: hourOf(monthEndMs(month)) };
}

/** RFC 3339 in UTC, without a fraction when it is zero: `2025-01-01T00:00:00Z`, `2025-01-01T00:00:00.250Z`. */
export function formatInstant(ms: number): string {
  const text = new Date(ms).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

/**
 * Reads an RFC 3339 instant with `Z` or a numeric offset into epoch milliseconds; digits after the millisecond are cut
 * off. Undefined where it is none, where no such day or time exists (30 February, second 60), or outside 1970 to 9999.
 * Runs twice for every report, so it looks at character codes instead of a pattern and Date.parse.
 */
export function parseInstant(text: string): number | undefined {
  if (text.length < 20 || text.length > 64) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (!isPunctuated(text)) return undefined;
  // Comparisons with NaN are false, so a digit that is none fails here as well.
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined;

  const zoneAt = fractionEnd(text);
  const offset = offsetMs(text, zoneAt);
  const ms = Date.UTC(year, month - 1, day, hour, minute, second, fractionMs(text, zoneAt)) - offset;
  return ms >= 0 && ms <= latestMs ? ms : undefined;
}

const [dash, dot, zero, nine, colon] = [0x2d, 0x2e, 0x30, 0x39, 0x3a];
const [plus, upperT, lowerT, upperZ, lowerZ] = [0x2b, 0x54, 0x74, 0x5a, 0x7a];

function isPunctuated(text: string): boolean {
  const t = text.charCodeAt(10);
  return (
    text.charCodeAt(4) === dash &&
    text.charCodeAt(7) === dash &&
    (t === upperT || t === lowerT) &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon
  );
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  if (tens < zero || tens > nine || ones < zero || ones > nine) return Number.NaN;
  return (tens - zero) * 10 + ones - zero;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function fractionEnd(text: string): number {
  if (text.charCodeAt(19) !== dot) return 19;
  let at = 20;
  while (text.charCodeAt(at) >= zero && text.charCodeAt(at) <= nine) at++;
  return at;
}

function fractionMs(text: string, end: number): number {
  if (end === 19) return 0;
  if (end === 20) return Number.NaN;
  let ms = 0;
  for (let at = 20; at < 23; at++) ms = ms * 10 + (at < end ? text.charCodeAt(at) - zero : 0);
  return ms;
}

function offsetMs(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if (sign === upperZ || sign === lowerZ) return text.length === at + 1 ? 0 : Number.NaN;
  if ((sign !== plus && sign !== dash) || text.length !== at + 6 || text.charCodeAt(at + 3) !== colon)
    return Number.NaN;
  const hours = twoDigits(text, at + 1);
  const minutes = twoDigits(text, at + 4);
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
  return (sign === dash ? -1 : 1) * (hours * hourMs + minutes * minuteMs);
}
