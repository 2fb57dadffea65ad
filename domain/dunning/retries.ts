// The calendar of retries, as it is set: durations from the first decline on.
import { dayMs, hourMs, minuteMs } from '../period';

/** Four times within a week, which with the first attempt makes the five of an invoice. */
export const defaultRetries: readonly number[] = [24, 72, 120, 168].map((hours) => hours * hourMs);

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: minuteMs, h: hourMs, d: dayMs };
const countMax = 10;
const durationMsMax = 366 * dayMs;

const expected = `1 to ${countMax} durations from the first decline on, each longer than the one before and at most 366d, in s, m, h or d, such as 24h,72h,120h,168h`;

/** Reads `24h,72h,120h` into milliseconds, or says what was expected. */
export function parseRetries(text: string): { readonly value: readonly number[] } | { readonly expected: string } {
  const value = text.split(',').map(durationMs);
  const isAscending = value.every((ms, at) => ms > (value[at - 1] ?? 0) && ms <= durationMsMax);
  return isAscending && value.length <= countMax ? { value } : { expected };
}

function durationMs(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text.trim()) ?? [];
  return count === undefined ? Number.NaN : Number(count) * (unitMs[unit] ?? Number.NaN);
}
