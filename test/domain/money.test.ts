import fc from 'fast-check';
import {
  cents,
  centsToNanos,
  formatCents,
  formatUsd,
  formatUsdGrouped,
  formatUsdShort,
  nanos,
  parseUsd,
  percentHalfUp,
  roundToCentsHalfUp,
  shareCents,
  shareInProportion,
  sumNanos,
} from '../../domain/money';

const amounts = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(nanos);

describe('money', () => {
  test.each([
    ['0', 0n],
    ['-0', 0n],
    ['30', 30_000_000_000n],
    ['0.02012', 20_120_000n],
    ['007.5', 7_500_000_000n],
    ['-0.000000001', -1n],
    ['9223372036.854775807', 9_223_372_036_854_775_807n],
  ])('%s dollars are %s nano-dollars', (text, amount) => {
    expect(parseUsd(text)).toBe(amount);
  });

  test.each([
    ['', ' 1', '1 ', '+1', '.5', '5.', '1e3', '0x1', '1,000', '--1', 'NaN', '٣', '1\n'],
    ['0.0000000001', '9223372036.854775808', '1'.repeat(21), '-9223372036.854775808'],
  ])('%j and the like are refused', (...texts) => {
    for (const text of texts) expect(parseUsd(text)).toBeUndefined();
  });

  test('what is formatted reads back as the same amount', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(parseUsd(formatUsd(amount))).toBe(amount);
        expect(parseUsd(formatUsdShort(amount))).toBe(amount);
        expect(formatUsd(amount)).toMatch(/^-?\d+\.\d{9}$/);
      }),
    );
  });

  test.each([
    [0n, '0.000000000', '0', '0.00'],
    [30_000_000_000n, '30.000000000', '30', '30.00'],
    [20_120_000n, '0.020120000', '0.02012', '0.02012'],
    [-500_000_000n, '-0.500000000', '-0.5', '-0.50'],
    [1_234_567_890_000_000_000n, '1234567890.000000000', '1234567890', '1,234,567,890.00'],
    [-100_000_000_000_000n, '-100000.000000000', '-100000', '-100,000.00'],
  ])('%s nano-dollars are written %s, %s and %s', (amount, long, short, grouped) => {
    expect(formatUsd(nanos(amount))).toBe(long);
    expect(formatUsdShort(nanos(amount))).toBe(short);
    expect(formatUsdGrouped(nanos(amount))).toBe(grouped);
  });

  test.each([
    [1235n, '12.35'],
    [5n, '0.05'],
    [0n, '0.00'],
    [-5n, '-0.05'],
  ])('%s cents are written %s', (amount, text) => {
    expect(formatCents(cents(amount))).toBe(text);
  });

  test.each([
    [12_344_999_999n, 1234n],
    [12_345_000_000n, 1235n],
    [4_999_999n, 0n],
    [5_000_000n, 1n],
    [-5_000_000n, 0n],
    [-5_000_001n, -1n],
  ])('%s nano-dollars round half-up to %s cents', (amount, rounded) => {
    expect(roundToCentsHalfUp(nanos(amount))).toBe(rounded);
  });

  test.each([
    [1n, 5000, 1n],
    [1n, 4999, 0n],
    [3n, 5000, 2n],
    [100n, 1250, 13n],
    [-1n, 5000, 0n],
    [7n, 10_000, 7n],
    [7n, 0, 0n],
  ])('of %s nano-dollars %s basis points are %s', (amount, basisPoints, share) => {
    expect(percentHalfUp(nanos(amount), basisPoints)).toBe(share);
  });

  test('an amount that does not fit 64 bits is a broken invariant', () => {
    expect(() => nanos(2n ** 63n)).toThrow('do not fit 64 bits');
    expect(() => nanos(-(2n ** 63n))).toThrow('do not fit 64 bits');
  });

  test('shares in cents add up to the rounded total, each within a cent of its amount', () => {
    fc.assert(
      fc.property(fc.array(amounts, { minLength: 1, maxLength: 30 }), (list) => {
        const total = roundToCentsHalfUp(sumNanos(list));
        const shares = shareCents(list, total);
        expect(sumNanos(shares)).toBe(total);
        shares.forEach((share, at) => {
          const error = centsToNanos(share) - (list[at] ?? 0n);
          expect(error > -10_000_000n && error < 10_000_000n).toBe(true);
        });
      }),
    );
  });

  test('of equal remainders the earlier position gets the cent, and floors are mathematical', () => {
    const half = nanos(5_000_000n);
    expect(shareCents([half, half, half, half], cents(2n))).toEqual([1n, 1n, 0n, 0n]);
    expect(shareCents([nanos(15_000_000n), nanos(-5_000_000n)], cents(1n))).toEqual([2n, -1n]);
    expect(shareCents([], cents(0n))).toEqual([]);
  });

  test('a total that is not the sum of the amounts is a broken invariant', () => {
    expect(() => shareCents([nanos(10_000_000n)], cents(3n))).toThrow('money invariant broken');
    expect(() => shareCents([nanos(10_000_000n)], cents(0n))).toThrow('money invariant broken');
    expect(() => shareCents([], cents(1n))).toThrow('money invariant broken');
  });
});

test.each<[string, bigint, readonly bigint[], readonly bigint[]]>([
  ['in proportion', 100n, [1n, 3n], [25n, 75n]],
  ['rounded down, the rest to who comes later', 100n, [1n, 1n, 1n], [33n, 33n, 34n]],
  ['nothing to who weighs nothing', 10n, [0n, 5n, 0n], [0n, 10n, 0n]],
  ['all to the last where nothing weighs', 10n, [0n, 0n], [0n, 10n]],
  ['nothing of nothing', 0n, [2n, 3n], [0n, 0n]],
])('cents are shared out %s', (_, total, weights, expected) => {
  expect(shareInProportion(cents(total), weights.map(nanos))).toEqual(expected);
});
