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
export function forecastMonth({ month, hours, asOfHour, firstHour }: ForecastFacts): Forecast | undefined {
  const days = Math.min(daysMax, Math.floor((asOfHour - firstHour) / dayHours));
  if (days < 1) return undefined;
  const listOf = new Map(hours.map(({ hour, listNanos }) => [hour, listNanos]));
  const at = (hour: number) => listOf.get(hour) ?? zeroNanos;
  const dayTotals = lookedBack(days, (day) => sumNanos(hoursOf(asOfHour - dayHours * day).map(at)));
  const ahead = hoursAhead(month, asOfHour);
  const expectedAt = (hour: number) => {
    if (days === daysMax) return at(hour - weekHours * Math.ceil((hour - asOfHour + 1) / weekHours));
    const sameHour = asOfHour - dayHours + ((hour - asOfHour) % dayHours);
    return floorShare(sumNanos(lookedBack(days, (day) => at(sameHour - dayHours * (day - 1)))), {
      part: 1n,
      whole: days,
    });
  };
  const sorted = dayTotals.toSorted((one, other) => (one < other ? -1 : 1));
  const extremeDays = Math.min(2, days);
  const [quiet, busy] = [sumNanos(sorted.slice(0, extremeDays)), sumNanos(sorted.slice(-extremeDays))];
  const total = sumNanos(dayTotals);
  const past = hours.filter(({ hour }) => hour >= monthHours(month).from && hour < asOfHour);
  const foreseen = (part: bigint, whole: bigint) => {
    const scaled = (hour: number) => (whole === 0n ? zeroNanos : floorShare(expectedAt(hour), { part, whole }));
    // Of the running hours some is reported already.
    const coming = ahead.map((hour) => ({ hour, listNanos: greaterNanos(scaled(hour), at(hour)) }));
    return [...past, ...coming.filter(({ listNanos }) => listNanos > 0n)];
  };
  const mean = total * BigInt(extremeDays);
  return {
    low: foreseen(quiet * BigInt(days), mean),
    expected: foreseen(1n, 1n),
    high: foreseen(busy * BigInt(days), mean),
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
  return `${hour}${range}${nothing} Prices, discounts and credits are those in force now.`;
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
