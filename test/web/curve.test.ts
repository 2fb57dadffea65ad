import { curveOf } from '../../web/credits/curve';

const dayMs = 86_400_000;

describe('the curve of a balance', () => {
  test('goes down in steps, and on to nothing where something draws on it', () => {
    const past = [
      { ms: 0, nanos: 100n },
      { ms: 5 * dayMs, nanos: 50n },
    ];
    const curve = curveOf({ past, now: { ms: 10 * dayMs, nanos: 25n }, zeroMs: 20 * dayMs });
    expect(curve?.to).toBe(20 * dayMs);
    expect(curve?.nowAt).toBe(0.5);
    expect(curve?.line).toMatch(/^M0 0\.\d+H0\.25V0\.5\d*L0\.5 0\.7\d*$/);
    expect(curve?.ahead).toMatch(/L1 1$/);
  });

  test('is cut off where nothing is months away', () => {
    const past = [{ ms: 0, nanos: 100n }];
    const curve = curveOf({ past, now: { ms: 10 * dayMs, nanos: 80n }, zeroMs: 400 * dayMs });
    expect(curve?.to).toBe(20 * dayMs);
    expect(curve?.ahead).toMatch(/L1 0\.2\d*$/);
  });

  test('has no line ahead where nothing draws on it', () => {
    const curve = curveOf({ past: [{ ms: 0, nanos: 100n }], now: { ms: dayMs, nanos: 100n }, zeroMs: undefined });
    expect(curve?.ahead).toBeUndefined();
  });

  test('is none before there is a balance', () => {
    expect(curveOf({ past: [], now: { ms: 1, nanos: 0n }, zeroMs: undefined })).toBeUndefined();
  });
});
