// When a telling is tried again, and when an endpoint is left alone.
import fc from 'fast-check';
import { dayMs, hourMs, minuteMs } from '../../../domain/period';
import {
  type Health,
  healthAfter,
  healthy,
  isGivenUp,
  nextAttemptMs,
  tellingMsMax,
} from '../../../domain/webhooks/retrying';

const nowMs = Date.UTC(2025, 0, 1);

/** Milliseconds from one attempt to the next, until it is given up. */
function waits(fraction: number): number[] {
  const found: number[] = [];
  let atMs = nowMs;
  for (let attempts = 1; ; attempts++) {
    const nextMs = nextAttemptMs({
      attempts,
      giveUpAtMs: nowMs + tellingMsMax,
      nowMs: atMs,
      retryAfterMs: null,
      fraction,
    });
    if (nextMs === null) return found;
    found.push(nextMs - atMs);
    atMs = nextMs;
  }
}

test('is tried ever more seldom for three days, the last time as they are over', () => {
  const second = 1000;
  const usual = [
    5 * second,
    5 * minuteMs,
    30 * minuteMs,
    2 * hourMs,
    5 * hourMs,
    10 * hourMs,
    14 * hourMs,
    20 * hourMs,
  ];
  const found = waits(0);
  expect(found.slice(0, 8)).toEqual(usual);
  expect(found).toHaveLength(9);
  expect(found.reduce((sum, each) => sum + each, 0)).toBe(tellingMsMax);
});

test('those that failed together come back apart, and none after its time', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (fraction) => {
      const found = waits(fraction);
      expect(found.reduce((sum, each) => sum + each, 0)).toBe(tellingMsMax);
      expect(found.every((each) => each > 0)).toBe(true);
    }),
  );
  expect(waits(0.5)[1]).toBe(5 * minuteMs * 1.05);
});

test('whoever asks for later is asked later, within six hours', () => {
  const asking = (retryAfterMs: number) => {
    const attempted = { attempts: 1, giveUpAtMs: nowMs + tellingMsMax, nowMs, retryAfterMs, fraction: 0 };
    return (nextAttemptMs(attempted) ?? 0) - nowMs;
  };
  expect([1000, 60_000, 365 * dayMs].map(asking)).toEqual([5000, 60_000, 6 * hourMs]);
});

const failed = { isDelivered: false, isFirstAttempt: true, retryAfterMs: null };
const again = { ...failed, isFirstAttempt: false };
const delivered = { ...failed, isDelivered: true };

test('one event that cannot be taken, however often it is tried, pauses nothing', () => {
  let health: Health = healthy;
  for (let hour = 0; hour < 72; hour++)
    health = healthAfter(health, [hour === 0 ? failed : again], nowMs + hour * hourMs);
  expect(health).toEqual({ failures: 1, failingSinceMs: nowMs, pausedUntilMs: null });
});

test('three in a row do, the longer it fails the longer, up to an hour', () => {
  const three = healthAfter(healthy, [failed, failed, failed], nowMs);
  expect(three).toEqual({ failures: 3, failingSinceMs: nowMs, pausedUntilMs: nowMs + 30_000 });
  const later = healthAfter(three, [again], nowMs + 10 * minuteMs);
  expect(later.pausedUntilMs).toBe(nowMs + 15 * minuteMs);
  expect(healthAfter(later, [again], nowMs + dayMs).pausedUntilMs).toBe(nowMs + dayMs + hourMs);
});

test('whatever comes through ends it', () => {
  const failing = healthAfter(healthy, [failed, failed, failed, failed], nowMs);
  expect(healthAfter(failing, [failed, delivered, failed], nowMs + hourMs)).toEqual(healthy);
});

test('one that asks for a pause has it, even where something came through', () => {
  const asking = { ...failed, retryAfterMs: 90_000 };
  expect(healthAfter(healthy, [asking], nowMs).pausedUntilMs).toBe(nowMs + 90_000);
  expect(healthAfter(healthy, [delivered, asking], nowMs)).toEqual({
    failures: 0,
    failingSinceMs: nowMs,
    pausedUntilMs: nowMs + 90_000,
  });
  expect(healthAfter(healthy, [{ ...failed, retryAfterMs: 0 }], nowMs).pausedUntilMs).toBeNull();
});

test('it is given up once nothing has come through for five days', () => {
  const health = healthAfter(healthy, [failed], nowMs);
  expect(isGivenUp(healthy, nowMs + 10 * dayMs)).toBe(false);
  expect(isGivenUp(health, nowMs + 5 * dayMs - 1)).toBe(false);
  expect(isGivenUp(health, nowMs + 5 * dayMs)).toBe(true);
});
