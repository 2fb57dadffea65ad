import fc from 'fast-check';
import { drawCredits, type Grant, grantStatus, isValidIn, spend, spendingOrder } from '../../domain/credits';
import { nanos, sumNanos } from '../../domain/money';
import { usd } from './metering';

const grant = (key: string, change: Partial<Grant> = {}): Grant => ({
  key,
  kind: 'promotional',
  amountNanos: usd(10),
  remainingNanos: usd(10),
  validFromHour: 0,
  validUntilHour: null,
  priority: 100,
  ...change,
});

describe('the spending order', () => {
  test('is by priority, then soonest expiry with none last, then earliest valid-from, then key by code point', () => {
    const expected = [
      grant('z', { priority: 1 }),
      grant('y', { validUntilHour: 50 }),
      grant('x', { validUntilHour: 60, validFromHour: 3 }),
      grant('w', { validUntilHour: 60, validFromHour: 4 }),
      grant('B', { validFromHour: 2 }),
      grant('a', { validFromHour: 2 }),
      grant('A', { priority: 101, validUntilHour: 10 }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(expected, { minLength: expected.length }), (shuffled) => {
        expect(spendingOrder(shuffled)).toEqual(expected);
      }),
    );
  });
});

describe('drawing', () => {
  test('takes from each grant in order until nothing is left to pay', () => {
    const grants = [grant('a', { remainingNanos: usd(3) }), grant('b'), grant('c')];
    const drawn = drawCredits({ grants, hour: 5, dueNanos: usd(7) });
    expect(drawn.draws).toEqual([
      { grantKey: 'a', hour: 5, amountNanos: usd(3) },
      { grantKey: 'b', hour: 5, amountNanos: usd(4) },
    ]);
    expect(drawn.leftNanos).toBe(0n);
    expect(drawn.grants.map((each) => each.remainingNanos)).toEqual([0n, usd(6), usd(10)]);
    expect(grants.map((each) => each.remainingNanos)).toEqual([usd(3), usd(10), usd(10)]);
  });

  test('leaves what the grants do not cover', () => {
    expect(drawCredits({ grants: [grant('a')], hour: 5, dueNanos: usd(11) }).leftNanos).toBe(usd(1));
  });

  test.each([
    [9, false],
    [10, true],
    [19, true],
    [20, false],
  ])('a grant from hour 10 to 20 pays hour %s: %s', (hour, pays) => {
    const limited = grant('a', { validFromHour: 10, validUntilHour: 20 });
    expect(isValidIn(limited, hour)).toBe(pays);
    expect(drawCredits({ grants: [limited], hour, dueNanos: usd(1) }).draws).toHaveLength(pays ? 1 : 0);
  });

  test('draws, what is left to pay and what is left of the grants always add up', () => {
    const grants = fc.array(
      fc.record({
        remaining: fc.bigInt({ min: 0n, max: 1000n }),
        from: fc.nat(10),
        span: fc.option(fc.integer({ min: 1, max: 10 })),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(grants, fc.nat(12), fc.bigInt({ min: 0n, max: 3000n }), (list, hour, due) => {
        const before = list.map(({ remaining, from, span }, at) =>
          grant(`g${at}`, {
            remainingNanos: nanos(remaining),
            validFromHour: from,
            validUntilHour: span === null ? null : from + span,
          }),
        );
        const drawn = drawCredits({ grants: before, hour, dueNanos: nanos(due) });
        const paid = sumNanos(drawn.draws.map((draw) => draw.amountNanos));
        const left = (each: readonly Grant[]) => sumNanos(each.map((one) => one.remainingNanos));
        expect(paid + drawn.leftNanos).toBe(due);
        expect(left(before) - left(drawn.grants)).toBe(paid);
        for (const after of drawn.grants) expect(after.remainingNanos >= 0n).toBe(true);
      }),
    );
  });

  test('overdrawing a grant is a broken invariant', () => {
    expect(() => spend(grant('a'), usd(11))).toThrow('overdrawn');
    expect(() => spend(grant('a'), nanos(0n))).toThrow('overdrawn');
  });
});

describe('where a grant stands', () => {
  const limited = { remainingNanos: usd(10), validFromHour: 10, validUntilHour: 20, isEnded: false };
  test.each([
    ['before it begins', {}, 9, 0, 'upcoming', 0],
    ['in its first hour', {}, 10, 0, 'active', 0],
    ['in its last hour', {}, 19, 4, 'active', 0],
    ['after it, with some promised to bills', {}, 20, 4, 'expired', 6],
    ['after it was ended', { isEnded: true }, 20, 4, 'ended', 6],
    ['before an end that was brought forward', { isEnded: true }, 19, 0, 'active', 0],
    ['without an end', { validUntilHour: null }, 1000, 0, 'active', 0],
    ['wholly promised to bills', {}, 19, 10, 'used', 0],
    ['wholly used and over', {}, 20, 10, 'used', 0],
    ['ended before it begins', { isEnded: true, validUntilHour: 10 }, 5, 0, 'ended', 10],
  ])('%s', (_, change, hour, pending, status, lost) => {
    expect(grantStatus({ ...limited, ...change }, { pendingNanos: usd(pending), hour })).toEqual({
      status,
      lostNanos: usd(lost),
    });
  });
});
