import fc from 'fast-check';
import { nanos, sumNanos } from '../../domain/money';
import { rateHour, volumeDiscount } from '../../domain/rating';
import { defaultTerms, type VolumeTier } from '../../domain/terms';
import { termsWith, usd } from './metering';

const tiers: readonly VolumeTier[] = [
  { upToNanos: usd(10_000), basisPoints: 0 },
  { upToNanos: usd(50_000), basisPoints: 1000 },
  { upToNanos: usd(250_000), basisPoints: 2000 },
  { upToNanos: null, basisPoints: 3000 },
];
const lists = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(nanos);
const anyTiers = fc.uniqueArray(fc.bigInt({ min: 1n, max: 10n ** 15n }), { maxLength: 4 }).chain((ends) =>
  fc
    .array(fc.integer({ min: 0, max: 10_000 }), { minLength: ends.length + 1, maxLength: ends.length + 1 })
    .map((percents) =>
      percents.map((basisPoints, at): VolumeTier => {
        const end = ends.toSorted((one, other) => (one < other ? -1 : 1))[at];
        return { upToNanos: end === undefined ? null : nanos(end), basisPoints };
      }),
    ),
);

describe('the volume discount', () => {
  test.each([
    [0, 0],
    [10_000, 0],
    [10_010, 1],
    [50_000, 4_000],
    [250_000, 44_000],
    [949_240, 44_000 + 209_772],
  ])('on $%s is $%s', (list, discount) => {
    expect(sumNanos(volumeDiscount(tiers, usd(list)))).toBe(usd(discount));
  });

  test('is nothing without tiers', () => {
    expect(volumeDiscount([], usd(1))).toEqual([]);
  });

  test('of two hours one after the other is that of both in one, whatever the tiers', () => {
    fc.assert(
      fc.property(anyTiers, lists, lists, lists, (volumeTiers, before, one, other) => {
        const terms = termsWith({ volumeTiers });
        const first = rateHour({ listBeforeNanos: before, listNanos: one, terms });
        const second = rateHour({ listBeforeNanos: nanos(before + one), listNanos: other, terms });
        const both = rateHour({ listBeforeNanos: before, listNanos: nanos(one + other), terms });
        expect(first.volumeNanos + second.volumeNanos).toBe(both.volumeNanos);
      }),
    );
  });

  test('grows with the list amount and never by more than it', () => {
    fc.assert(
      fc.property(anyTiers, lists, lists, (volumeTiers, before, more) => {
        const step = rateHour({ listBeforeNanos: before, listNanos: more, terms: termsWith({ volumeTiers }) });
        expect(step.volumeNanos >= 0n && step.volumeNanos <= more).toBe(true);
      }),
    );
  });
});

describe('an hour', () => {
  test('that crosses a tier gets each percent on its share', () => {
    const rated = rateHour({
      listBeforeNanos: usd(49_000),
      listNanos: usd(3_000),
      terms: termsWith({ volumeTiers: tiers }),
    });
    expect(rated.volume).toEqual([
      { tier: 1, basisPoints: 1000, fromNanos: usd(10_000), upToNanos: usd(50_000), amountNanos: usd(100) },
      { tier: 2, basisPoints: 2000, fromNanos: usd(50_000), upToNanos: usd(250_000), amountNanos: usd(400) },
    ]);
    expect(rated.dueNanos).toBe(usd(2_500));
  });

  test('gets its program discount on what the volume discount leaves, rounded half-up to the nano-dollar', () => {
    const terms = termsWith({
      volumeTiers: [{ upToNanos: null, basisPoints: 1000 }],
      programDiscount: { kind: 'education', basisPoints: 5000 },
    });
    const rated = rateHour({ listBeforeNanos: nanos(0n), listNanos: nanos(10n), terms });
    expect(rated).toMatchObject({ volumeNanos: 1n, programNanos: 5n, dueNanos: 4n });
    expect(rated.program).toEqual({ kind: 'education', basisPoints: 5000, amountNanos: 5n });
  });

  test('owes its list amount under the default terms', () => {
    const rated = rateHour({ listBeforeNanos: usd(5), listNanos: usd(3), terms: defaultTerms });
    expect(rated).toEqual({ volume: [], volumeNanos: 0n, program: null, programNanos: 0n, dueNanos: usd(3) });
  });
});
