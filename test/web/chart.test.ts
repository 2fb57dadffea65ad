import fc from 'fast-check';
import { nanos } from '../../domain/money';
import { runningTotals } from '../../web/chart/outlook';
import { costOf, heightOf, type Slot, scaleOf, seriesOf, totalOf } from '../../web/chart/series';
import { daysOf, hoursOf, isDay, rangeOfMonth } from '../../web/chart/times';

const slot = (at: string, costs: Readonly<Record<string, bigint>>): Slot => ({
  at,
  costs: new Map(Object.entries(costs).map(([model, cost]) => [model, nanos(cost)])),
});

describe('the series of a chart', () => {
  test('are the dearest models, and the others as one', () => {
    const costs = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`m${at}`, BigInt(at)]));
    const series = seriesOf([slot('2026-11-01', costs)]);
    expect(series.map(({ name }) => name)).toEqual(['m8', 'm7', 'm6', 'm5', 'm4', 'm3', '3 others']);
  });

  test('name the seventh model where it is the last', () => {
    const costs = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`m${at}`, BigInt(at)]));
    expect(seriesOf([slot('2026-11-01', costs)])).toHaveLength(7);
  });

  test('add up to what each slot cost', () => {
    const costs = fc.dictionary(fc.string(), fc.bigInt({ min: 0n, max: 10n ** 12n }), { maxKeys: 20 });
    fc.assert(
      fc.property(fc.array(costs, { maxLength: 5 }), (days) => {
        const slots = days.map((day, at) => slot(String(at), day));
        const series = seriesOf(slots);
        for (const each of slots) {
          expect(series.reduce((sum, one) => sum + costOf(one, each), 0n)).toBe(totalOf(each));
        }
      }),
    );
  });
});

describe('the scale of a chart', () => {
  test.each([
    [0n, ['0.000000000', '0.010000000', '0.020000000', '0.030000000', '0.040000000']],
    [142_250_000_000n, ['0.000000000', '50.000000000', '100.000000000', '150.000000000', '200.000000000']],
  ])('up to %p nano-dollars has round marks', (greatest, marks) => {
    expect(scaleOf(greatest).marks).toEqual(marks);
  });

  test('holds the greatest amount, and is never more than two and a half times as high', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 40_000_000n, max: 2n ** 62n }), (greatest) => {
        const { top } = scaleOf(greatest);
        expect(top).toBeGreaterThanOrEqual(greatest);
        expect(top * 2n).toBeLessThanOrEqual(greatest * 5n + 1n);
        expect(heightOf(greatest, top)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test('running totals grow up to the last day with usage, and say nothing after it', () => {
  const totals = runningTotals([slot('1', { a: 1n }), slot('2', {}), slot('3', { a: 2n, b: 5n }), slot('4', {})]);
  expect(totals.map((each) => Object.fromEntries(each.costs))).toEqual([{ a: 1n }, { a: 1n }, { a: 3n, b: 5n }, {}]);
});

test('days and hours are those of UTC', () => {
  expect(daysOf('2028-02')).toHaveLength(29);
  expect(daysOf('2028-02').at(-1)).toBe('2028-02-29');
  expect(hoursOf('2026-03-29')).toHaveLength(24);
  expect(rangeOfMonth('2026-12')).toEqual({ from: '2026-12-01T00:00:00Z', to: '2027-01-01T00:00:00Z' });
  expect([isDay('2026-11-31'), isDay('2026-11-30'), isDay('today'), isDay(undefined)]).toEqual([
    false,
    true,
    false,
    false,
  ]);
});
