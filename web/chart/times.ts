// The slots of a month and of a day, in UTC.
import { dayMs, formatInstant, hourMs, type Month, monthEndMs, monthStartMs, parseInstant } from '../../domain/period';

/** `2026-11-01` and on. */
export function daysOf(month: Month): readonly string[] {
  return timesOf(monthStartMs(month), monthEndMs(month), dayMs).map((at) => at.slice(0, 10));
}

/** `2026-11-01T00:00:00Z` and on, of a day. */
export function hoursOf(day: string): readonly string[] {
  const startMs = Date.parse(`${day}T00:00:00Z`);
  return timesOf(startMs, startMs + dayMs, hourMs);
}

export function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** The range of the hour that an instant begins; an instant that is none is asked for as it is, and refused. */
export function rangeOfHour(hour: string): { readonly from: string; readonly to: string } {
  const startMs = Date.parse(hour);
  return { from: hour, to: Number.isNaN(startMs) ? hour : formatInstant(startMs + hourMs) };
}

/** The range of a whole month. */
export const rangeOfMonth = (month: Month) => ({
  from: formatInstant(monthStartMs(month)),
  to: formatInstant(monthEndMs(month)),
});

export function isDay(text: string | undefined): text is string {
  return text?.length === 10 && parseInstant(`${text}T00:00:00Z`) !== undefined;
}

function timesOf(fromMs: number, toMs: number, stepMs: number): readonly string[] {
  const times: string[] = [];
  for (let ms = fromMs; ms < toMs; ms += stepMs) times.push(formatInstant(ms));
  return times;
}
