import { nanos } from '../../domain/money';
import { alteredRanges, type PricePoint, priceFor, priceInForce, unpricedEnd } from '../../domain/pricing';

const point = (fromHour: number, price: bigint): PricePoint => ({ fromHour, priceNanos: nanos(price) });
const standard = [point(10, 100n), point(20, 200n)];

describe('prices', () => {
  test.each([
    [9, undefined],
    [10, 100n],
    [19, 100n],
    [20, 200n],
    [1000, 200n],
  ])('in hour %s the price in force is %s', (hour, price) => {
    expect(priceInForce(standard, hour)).toBe(price);
  });

  test('a contract price goes before the standard price, from its hour on', () => {
    const points = { standard, contract: [point(15, 50n)] };
    expect([9, 12, 15, 25].map((hour) => priceFor(points, hour))).toEqual([undefined, 100n, 50n, 50n]);
  });

  test.each<[string, PricePoint[], PricePoint[], { fromHour: number; toHour: number }[]]>([
    ['a first price', [], standard, []],
    ['a price before the first', standard, [point(5, 7n), ...standard], []],
    ['the same price again', standard, [...standard, point(30, 200n)], []],
    ['a later price', standard, [...standard, point(30, 300n)], [{ fromHour: 30, toHour: Number.POSITIVE_INFINITY }]],
    ['a price between', standard, [point(10, 100n), point(15, 5n), point(20, 200n)], [{ fromHour: 15, toHour: 20 }]],
    ['a mended price', standard, [point(10, 1n), point(20, 200n)], [{ fromHour: 10, toHour: 20 }]],
    [
      'neighbouring changes as one range',
      standard,
      [point(10, 1n), point(20, 2n)],
      [{ fromHour: 10, toHour: Number.POSITIVE_INFINITY }],
    ],
    ['a price taken away', standard, [point(20, 200n)], [{ fromHour: 10, toHour: 20 }]],
  ])('%s alters the hours that had another price', (_, before, after, ranges) => {
    const change = { before: { contract: [], standard: before }, after: { contract: [], standard: after } };
    expect(alteredRanges(change)).toEqual(ranges);
  });

  test('a contract price alters nothing where it equals the standard price', () => {
    const before = { contract: [], standard };
    const after = { contract: [point(12, 100n)], standard };
    expect(alteredRanges({ before, after })).toEqual([{ fromHour: 20, toHour: Number.POSITIVE_INFINITY }]);
  });
});

describe('a contract price that ends', () => {
  const end = (fromHour: number): PricePoint => ({ fromHour, priceNanos: null });
  const contract = [point(12, 50n), end(15), point(25, 60n)];

  test('leaves the hours until the next to the standard price', () => {
    expect([11, 12, 14, 15, 22, 25].map((hour) => priceFor({ contract, standard }, hour))).toEqual([
      100n,
      50n,
      50n,
      100n,
      200n,
      60n,
    ]);
    expect(priceFor({ contract, standard: [] }, 15)).toBeUndefined();
  });

  test('alters the hours from its end on in which the standard price is another', () => {
    const before = { contract: [point(12, 100n)], standard };
    expect(alteredRanges({ before, after: { ...before, contract: [point(12, 100n), end(15)] } })).toEqual([
      { fromHour: 20, toHour: Number.POSITIVE_INFINITY },
    ]);
    const taken = { contract: [point(12, 50n), point(25, 60n)], standard };
    expect(alteredRanges({ before: taken, after: { contract, standard } })).toEqual([{ fromHour: 15, toHour: 25 }]);
  });

  test.each<[string, PricePoint[], number | undefined]>([
    ['after the first standard price', contract, undefined],
    ['before it', [point(2, 50n), end(9)], 9],
    ['with it', [point(2, 50n), end(10)], undefined],
    ['never', [point(2, 50n)], undefined],
  ])('%s: whether its hours would have no price', (_, points, hour) => {
    expect(unpricedEnd({ contract: points, standard })).toBe(hour);
  });
});
