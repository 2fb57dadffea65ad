import fc from 'fast-check';
import { createBuckets } from '../../../api/limits/buckets';

const clockOf = () => {
  const clock = { atMs: 0, now: () => clock.atMs };
  return clock;
};

test('takes a minute of calls at once, and then as many as come back', () => {
  const clock = clockOf();
  const buckets = createBuckets({ callsAMinute: 60, now: clock.now });
  expect(buckets.peek('key')).toEqual({ isAllowed: true, remaining: 60, moreInMs: 0 });
  for (let left = 59; left >= 0; left--) {
    expect(buckets.take('key')).toEqual({ isAllowed: true, remaining: left, moreInMs: 1000 });
  }
  expect(buckets.take('key')).toEqual({ isAllowed: false, remaining: 0, moreInMs: 1000 });
  expect(buckets.take('other').isAllowed).toBe(true);
  clock.atMs += 400;
  expect(buckets.take('key')).toEqual({ isAllowed: false, remaining: 0, moreInMs: 600 });
  clock.atMs += 600;
  expect(buckets.take('key')).toEqual({ isAllowed: true, remaining: 0, moreInMs: 1000 });
});

test('is full again after a minute, and never fuller', () => {
  const clock = clockOf();
  const buckets = createBuckets({ callsAMinute: 10, now: clock.now });
  for (let calls = 0; calls < 12; calls++) buckets.take('key');
  clock.atMs += 60_000;
  expect(buckets.peek('key').remaining).toBe(10);
  clock.atMs += 3_600_000;
  expect(buckets.peek('key')).toEqual({ isAllowed: true, remaining: 10, moreInMs: 0 });
});

test('whoever is refused loses nothing by asking', () => {
  const clock = clockOf();
  const buckets = createBuckets({ callsAMinute: 1, now: clock.now });
  buckets.take('key');
  for (let each = 0; each < 59; each++) {
    clock.atMs += 1000;
    expect(buckets.take('key').isAllowed).toBe(false);
  }
  clock.atMs += 1001;
  expect(buckets.take('key').isAllowed).toBe(true);
});

test('remembers so many callers, and forgets whoever has not called for longest', () => {
  const buckets = createBuckets({ callsAMinute: 1, rememberedMax: 2, now: clockOf().now });
  for (const caller of ['one', 'other', 'one', 'third']) buckets.take(caller);
  expect(['one', 'other', 'third'].map((caller) => buckets.peek(caller).isAllowed)).toEqual([false, true, false]);
});

test('in no span of time more calls than those at once and those that came back', () => {
  const waits = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(waits, fc.integer({ min: 1, max: 300 }), (waitsMs, callsAMinute) => {
      const clock = clockOf();
      const buckets = createBuckets({ callsAMinute, now: clock.now });
      const allowedAt: number[] = [];
      for (const waitMs of waitsMs) {
        clock.atMs += waitMs;
        if (buckets.take('key').isAllowed) allowedAt.push(clock.atMs);
      }
      allowedAt.forEach((fromMs, first) => {
        allowedAt.slice(first).forEach((toMs, more) => {
          expect(more + 1).toBeLessThanOrEqual(callsAMinute + ((toMs - fromMs) * callsAMinute) / 60_000 + 1e-6);
        });
      });
    }),
    { numRuns: 50 },
  );
});
