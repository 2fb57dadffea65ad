// What a month comes to if usage goes on as in the last week.
import fc from 'fast-check';
import type { HourTotal } from '../../domain/bill';
import { basisWords, firstHourNeeded, forecastMonth } from '../../domain/forecast';
import { nanos, sumNanos } from '../../domain/money';
import { monthHours } from '../../domain/period';
import { usd } from './metering';

const month = '2025-01';
const { from, to } = monthHours(month);
const total = (hours: readonly HourTotal[]) => sumNanos(hours.map(({ listNanos }) => listNanos));
const series = (first: number, end: number, amountAt: (hour: number) => number): readonly HourTotal[] =>
  Array.from({ length: end - first }, (_, at) => ({ hour: first + at, listNanos: usd(amountAt(first + at)) })).filter(
    ({ listNanos }) => listNanos > 0n,
  );
const asOfHour = from + 10 * 24;

test('where every week is the same, the month comes to what it comes to', () => {
  const amountAt = (hour: number) => (hour % 168) % 5;
  const hours = series(firstHourNeeded(month, asOfHour), asOfHour, amountAt);
  const forecast = forecastMonth({ month, hours, asOfHour, firstHour: 0 });
  expect(forecast?.expected).toEqual(series(from, to, amountAt));
  expect(forecast?.basis).toMatchObject({ days: 7, extremeDays: 2, hoursAhead: 21 * 24 });
});

test('the range is that of the two quietest and the two busiest days', () => {
  // A day comes to $24, $48 … $168: the mean is $96, the quietest two $36, the busiest two $156.
  const hours = series(asOfHour - 168, asOfHour, (hour) => 1 + Math.floor((hour - asOfHour + 168) / 24));
  const forecast = forecastMonth({ month, hours, asOfHour, firstHour: 0 });
  const toDate = usd(24 * (1 + 2 + 3 + 4 + 5 + 6 + 7));
  expect(forecast?.basis).toMatchObject({ meanDayNanos: usd(96), quietDayNanos: usd(36), busyDayNanos: usd(156) });
  const [low, expected, high] = [forecast?.low, forecast?.expected, forecast?.high].map((each) => total(each ?? []));
  expect([low, expected, high]).toEqual([toDate + usd(21 * 36), toDate + usd(21 * 96), toDate + usd(21 * 156)]);
});

test('with less than a week to look back on, each hour is the mean of that hour of the day', () => {
  const firstHour = asOfHour - 50;
  const hours = series(firstHour, asOfHour, (hour) => ((hour - asOfHour + 480) % 24 === 0 ? 10 : 0));
  const forecast = forecastMonth({ month, hours, asOfHour, firstHour });
  expect(forecast?.basis.days).toBe(2);
  expect(forecast?.expected.filter(({ hour }) => hour >= asOfHour)).toEqual(
    Array.from({ length: 21 }, (_, day) => ({ hour: asOfHour + 24 * day, listNanos: usd(10) })),
  );
});

test('without a whole day to look back on there is none', () => {
  expect(forecastMonth({ month, hours: [], asOfHour, firstHour: asOfHour - 23 })).toBeUndefined();
});

test('a week without usage is one without usage', () => {
  const forecast = forecastMonth({ month, hours: [], asOfHour, firstHour: 0 });
  expect([forecast?.low, forecast?.expected, forecast?.high]).toEqual([[], [], []]);
});

test('what is reported of the hours to come is not forgotten', () => {
  const hours = [{ hour: asOfHour, listNanos: usd(3) }];
  expect(forecastMonth({ month, hours, asOfHour, firstHour: 0 })?.low).toEqual(hours);
});

test('the expected lies within the range, and nothing that was used is lost', () => {
  const amounts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 0, maxLength: 400 });
  fc.assert(
    fc.property(amounts, fc.integer({ min: from - 100, max: to + 10 }), fc.nat(200), (used, asOf, age) => {
      const first = asOf - 200;
      const hours = used.map((listNanos, at) => ({ hour: first + at, listNanos: nanos(listNanos) }));
      const forecast = forecastMonth({ month, hours, asOfHour: asOf, firstHour: asOf - age });
      if (forecast === undefined) return expect(age).toBeLessThan(24);
      const { low, expected, high } = forecast;
      const past = hours.filter(({ hour }) => hour >= from && hour < Math.min(asOf, to));
      expect(low.filter(({ hour }) => hour < asOf)).toEqual(past);
      expect(total(low) <= total(expected) && total(expected) <= total(high)).toBe(true);
    }),
  );
});

test.each([
  [7, 'the same hour a week before. The range takes every day as the 2 quietest and the 2 busiest of the last 7 were.'],
  [3, 'the mean of that hour over the last 3 days. The range'],
  [1, 'the mean of that hour over the last day. One day tells of no range.'],
])('how it is made of %i days is said in words', (days, words) => {
  const amounts = { meanDayNanos: usd(1), quietDayNanos: usd(1), busyDayNanos: usd(1), toDateNanos: usd(1) };
  expect(basisWords({ days, extremeDays: Math.min(2, days), hoursAhead: 1, ...amounts })).toContain(words);
});
