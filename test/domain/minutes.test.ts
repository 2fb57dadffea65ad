import fc from 'fast-check';
import { expandPieces, FULL_HOUR, piecesOf, popcount, runsOf, union, without } from '../../domain/minutes';

const minute = 60_000;
const hour = 60 * minute;

function minutesTouched(fromMs: number, toMs: number): number[] {
  const touched: number[] = [];
  for (let at = Math.floor(fromMs / minute); at * minute < toMs; at++) touched.push(at);
  return touched;
}

function minutesOf(pieces: readonly { hour: number; mask: bigint }[]): number[] {
  return pieces.flatMap(({ hour: at, mask }) =>
    Array.from({ length: 60 }, (_, bit) => bit).flatMap((bit) => ((mask >> BigInt(bit)) & 1n ? [at * 60 + bit] : [])),
  );
}

const intervals = fc
  .tuple(fc.integer({ min: 0, max: 4 * hour }), fc.integer({ min: 1, max: 5 * hour }))
  .map(([fromMs, spanMs]) => ({ fromMs, toMs: fromMs + spanMs }));

describe('minutes', () => {
  test.each([
    ['one millisecond is one minute', 0, 1, [{ hour: 0, hours: 1, mask: 1n }]],
    ['a whole minute is one minute', 0, minute, [{ hour: 0, hours: 1, mask: 1n }]],
    ['a minute and a millisecond are two', 0, minute + 1, [{ hour: 0, hours: 1, mask: 3n }]],
    ['an hour is one full piece', hour, 2 * hour, [{ hour: 1, hours: 1, mask: FULL_HOUR }]],
    ['a day is one full piece', 0, 24 * hour, [{ hour: 0, hours: 24, mask: FULL_HOUR }]],
    ['the last minute of an hour', hour - 1, hour, [{ hour: 0, hours: 1, mask: 1n << 59n }]],
    [
      'rest, full hours, beginning',
      59 * minute,
      3 * hour + 1,
      [
        { hour: 0, hours: 1, mask: 1n << 59n },
        { hour: 1, hours: 2, mask: FULL_HOUR },
        { hour: 3, hours: 1, mask: 1n },
      ],
    ],
    [
      'over the hour without a full one',
      hour - minute,
      hour + minute,
      [
        { hour: 0, hours: 1, mask: 1n << 59n },
        { hour: 1, hours: 1, mask: 1n },
      ],
    ],
  ])('%s', (_, fromMs, toMs, pieces) => {
    expect(piecesOf(fromMs, toMs)).toEqual(pieces);
  });

  test('an interval sets the bit of every minute that it touches, and of no other, in at most three pieces', () => {
    fc.assert(
      fc.property(intervals, ({ fromMs, toMs }) => {
        const pieces = piecesOf(fromMs, toMs);
        expect(pieces.length).toBeLessThanOrEqual(3);
        for (const piece of pieces) expect(piece.hours === 1 || piece.mask === FULL_HOUR).toBe(true);
        const touched = minutesTouched(fromMs, toMs);
        expect(minutesOf(expandPieces(pieces))).toEqual(touched);
        expect(pieces.reduce((sum, { hours, mask }) => sum + hours * popcount(mask), 0)).toBe(touched.length);
      }),
    );
  });

  test('from has to be before to', () => {
    expect(() => piecesOf(5, 5)).toThrow(RangeError);
    expect(() => piecesOf(6, 5)).toThrow(RangeError);
    expect(() => piecesOf(Number.NaN, 5)).toThrow(RangeError);
  });

  test('counting, joining and taking away agree with counting the bits one by one', () => {
    const masks = fc.bigInt({ min: 0n, max: FULL_HOUR });
    const slowCount = (mask: bigint) => mask.toString(2).replaceAll('0', '').length;
    fc.assert(
      fc.property(masks, masks, (one, other) => {
        expect(popcount(one)).toBe(slowCount(one));
        expect(popcount(union(one, other))).toBe(popcount(one) + popcount(without(other, one)));
      }),
    );
    expect([0n, FULL_HOUR].map(popcount)).toEqual([0, 60]);
  });
});

test('the runs of a mask are its minutes, and nothing else', () => {
  expect(runsOf(0n)).toEqual([]);
  expect(runsOf(FULL_HOUR)).toEqual([{ from: 0, to: 60 }]);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: FULL_HOUR }), (mask) => {
      const runs = runsOf(mask);
      const again = runs.reduce((all, { from, to }) => all | ((1n << BigInt(to)) - (1n << BigInt(from))), 0n);
      expect(again).toBe(mask);
      runs.slice(1).forEach((run, at) => {
        expect(run.from).toBeGreaterThan(runs[at]?.to ?? 60);
      });
    }),
  );
});
