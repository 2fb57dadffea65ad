// What a running month will come to if usage goes on as in the last seven days: expected, and between what bounds.
import type { HourTotal } from './bill';
import { floorShare, greaterNanos, type Nanos, sumNanos, zeroNanos } from './money';
import { type Month, monthHours } from './period';

export type ForecastFacts = {
  readonly month: Month;
  /** The month's hours so far, and those of the seven days before `asOfHour`; ascending, those without usage left out. */
  readonly hours: readonly HourTotal[];
  /** From here on it is foreseen (hours since the epoch): up to here usage is complete. */
  readonly asOfHour: number;
  /** The workspace's first hour: days before it are not taken for days without usage. */
  readonly firstHour: number;
};

/** How a forecast is made, in figures. */
export type ForecastBasis = {
  /** Whole days looked back on: 1 to 7. */
  readonly days: number;
  /** Days that the quietest and the busiest are the mean of. */
  readonly extremeDays: number;
  readonly meanDayNanos: Nanos;
  readonly quietDayNanos: Nanos;
  readonly busyDayNanos: Nanos;
  readonly toDateNanos: Nanos;
  readonly hoursAhead: number;
};

/** The month's hours as they are and as they are foreseen, three times. */
export type Forecast = {
  readonly low: readonly HourTotal[];
  readonly expected: readonly HourTotal[];
  readonly high: readonly HourTotal[];
  readonly basis: ForecastBasis;
};

const daysMax = 7;
const dayHours = 24;
const weekHours = daysMax * dayHours;

/** The first hour that `forecastMonth` has to be told of. */
export function firstHourNeeded(month: Month, asOfHour: number): number {
  return Math.min(monthHours(month).from, asOfHour - weekHours);
}

/**
 * Each hour ahead is expected to be as the same hour a week before; where there is less than a week to look back on, as the
 * mean of that hour of the day. Low and high take every day ahead as much quieter or busier than that as the two quietest or
 * busiest of the days looked back on are than their mean. Undefined where there is not a whole day to look back on.
 */
export function forecastMonth(facts: ForecastFacts): Forecast | undefined {
  const { month, asOfHour, firstHour } = facts;
  const days = Math.min(daysMax, Math.floor((asOfHour - firstHour) / dayHours));
  if (days < 1) return undefined;
  const past = facts.hours.filter(({ hour }) => hour >= monthHours(month).from && hour < asOfHour);
  const ahead = hoursAhead(month, asOfHour);
  const usage = usageBefore(facts, days);
  const extremeDays = Math.min(2, days);
  const sorted = usage.dayTotals.toSorted((one, other) => (one < other ? -1 : 1));
  const [quiet, busy] = [sumNanos(sorted.slice(0, extremeDays)), sumNanos(sorted.slice(-extremeDays))];
  const total = sumNanos(usage.dayTotals);
  // Of the running hours some is reported already.
  const foreseen = (scaled: (expected: Nanos) => Nanos) => {
    const coming = ahead.map((hour) => ({
      hour,
      listNanos: greaterNanos(scaled(usage.expectedAt(hour)), usage.at(hour)),
    }));
    return [...past, ...coming.filter(({ listNanos }) => listNanos > 0n)];
  };
  const asOfDays = (extreme: Nanos) => (expected: Nanos) =>
    total === 0n
      ? zeroNanos
      : floorShare(expected, { part: extreme * BigInt(days), whole: total * BigInt(extremeDays) });
  return {
    low: foreseen(asOfDays(quiet)),
    expected: foreseen((expected) => expected),
    high: foreseen(asOfDays(busy)),
    basis: {
      days,
      extremeDays,
      meanDayNanos: floorShare(total, { part: 1n, whole: days }),
      quietDayNanos: floorShare(quiet, { part: 1n, whole: extremeDays }),
      busyDayNanos: floorShare(busy, { part: 1n, whole: extremeDays }),
      toDateNanos: sumNanos(past.map(({ listNanos }) => listNanos)),
      hoursAhead: ahead.length,
    },
  };
}

function usageBefore({ hours, asOfHour }: ForecastFacts, days: number) {
  const listOf = new Map(hours.map(({ hour, listNanos }) => [hour, listNanos]));
  const at = (hour: number) => listOf.get(hour) ?? zeroNanos;
  const aWeekBefore = (hour: number) => at(hour - weekHours * Math.ceil((hour - asOfHour + 1) / weekHours));
  const meanOfDays = (hour: number) => {
    const sameHour = asOfHour - dayHours + ((hour - asOfHour) % dayHours);
    const total = sumNanos(lookedBack(days, (day) => at(sameHour - dayHours * (day - 1))));
    return floorShare(total, { part: 1n, whole: days });
  };
  return {
    at,
    expectedAt: days === daysMax ? aWeekBefore : meanOfDays,
    /** The last day first. */
    dayTotals: lookedBack(days, (day) => sumNanos(hoursOf(asOfHour - dayHours * day).map(at))),
  };
}

/** How a forecast is made, in words. */
export function basisWords({ days, extremeDays, hoursAhead, busyDayNanos }: ForecastBasis): string {
  if (hoursAhead === 0) return 'The period is over, and its usage is complete.';
  const nothing = busyDayNanos === 0n ? ' In that time nothing was used.' : '';
  const hour =
    days === daysMax
      ? 'Each hour to come is taken to be as the same hour a week before.'
      : `Each hour to come is taken to be as the mean of that hour over the last ${dayCount(days)}.`;
  const range =
    days === 1
      ? ' One day tells of no range.'
      : ` The range takes every day as the ${extremeDays} quietest and the ${extremeDays} busiest of the last ${days} were.`;
  return `${hour}${range}${nothing} It is billed at the prices of that time, with the discounts and credits of each hour.`;
}

function dayCount(days: number): string {
  return days === 1 ? 'day' : `${days} days`;
}

// The days looked back on, the last one first: day 1 ends where the forecast begins.
function lookedBack<Value>(days: number, of: (day: number) => Value): readonly Value[] {
  return Array.from({ length: days }, (_, at) => of(at + 1));
}

function hoursOf(firstHour: number): readonly number[] {
  return Array.from({ length: dayHours }, (_, at) => firstHour + at);
}

function hoursAhead(month: Month, asOfHour: number): readonly number[] {
  const { from, to } = monthHours(month);
  const first = Math.max(from, asOfHour);
  return Array.from({ length: Math.max(0, to - first) }, (_, at) => first + at);
}
