// Months and hours as Postgres reads them: seconds since the epoch, half-open.
import { hourStartMs, type Month, monthEndMs, monthStartMs } from '../../domain/period';

/** SQL: the bindings `:from` and `:until`, in seconds since the epoch, as instants. */
export const withinBindings = { from: 'to_timestamp(:from::float8)', until: 'to_timestamp(:until::float8)' };

/** SQL: whether a column of instants lies between the bindings, so that what holds others need not be opened. */
export function isWithin(column: string): string {
  return `${column} >= ${withinBindings.from} and ${column} < ${withinBindings.until}`;
}

/** SQL: the hours of a month, between the bindings of `monthBounds`. */
export const monthHours = isWithin('hour');

/** SQL: the days of a month, between the bindings of `monthBounds`. */
export const monthDays = `
  day >= (to_timestamp(:from::float8) at time zone 'UTC')::date
    and day < (to_timestamp(:until::float8) at time zone 'UTC')::date`;

/** SQL: the column `hour` as hours since the epoch. */
export const hourNumber = `(date_part('epoch', hour) / 3600)::int`;

/** SQL: hours since the epoch, as `number` gives them, as an instant. */
export function hourAt(number: string): string {
  return `to_timestamp(${number}::int8 * 3600)`;
}

/** The first second of a month, and that of the month after it. */
export function monthBounds(month: Month): { from: number; until: number } {
  return { from: monthStartMs(month) / 1000, until: monthEndMs(month) / 1000 };
}

/** Hours since the epoch as seconds since the epoch. */
export function hourSeconds(hour: number): number {
  return hourStartMs(hour) / 1000;
}
