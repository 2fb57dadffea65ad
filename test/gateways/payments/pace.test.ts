import { everyMsOf, paceOf, sharedPaceOf } from '../../../gateways/payments/pace';

test('calls start in the order in which they came, evenly spaced', async () => {
  const pace = paceOf(50);
  const startedMs = performance.now();
  const started: { readonly call: number; readonly atMs: number }[] = [];
  await Promise.all(
    Array.from({ length: 11 }, async (_, call) => {
      await pace.turn();
      started.push({ call, atMs: performance.now() - startedMs });
    }),
  );
  expect(started.map(({ call }) => call)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  // Timers may fire a millisecond early, and on a busy machine later.
  started.forEach(({ call, atMs }) => {
    expect(atMs).toBeGreaterThan(call * 20 - 3);
  });
});

test('a pause is not saved up for a burst', async () => {
  const pace = paceOf(100);
  await pace.turn();
  await new Promise((resolve) => setTimeout(resolve, 60));
  const startedMs = performance.now();
  await Promise.all([pace.turn(), pace.turn(), pace.turn()]);
  expect(performance.now() - startedMs).toBeGreaterThan(17);
});

test('a window of a second holds no more slots than the rate, even where calls are up to a fifth of a second late', () => {
  for (const rate of [1, 2, 3, 7, 20, 25, 99, 100]) {
    const everyMs = everyMsOf(rate);
    const slots = Array.from({ length: 3 * rate + 2 }, (_, nth) => nth * everyMs);
    const most = Math.max(
      ...slots.map((from) => slots.filter((slot) => slot > from - 200 + 1e-6 && slot < from + 1000).length),
    );
    expect(most).toBeLessThanOrEqual(rate);
  }
});

test('a slot that was missed is given up for another', async () => {
  let taken = 0;
  // The first slot is long over when it is heard of, as where a process was stopped meanwhile.
  const pace = sharedPaceOf(20, async () => {
    taken++;
    return { count: 1, firstInMs: taken === 1 ? -500 : 0, againInMs: 0 };
  });
  expect(await pace.turn()).toBe(true);
  expect(taken).toBe(2);
});

test('a process that is late all the time gets on even so', async () => {
  let taken = 0;
  const pace = sharedPaceOf(20, async () => {
    taken++;
    return { count: 1, firstInMs: -500, againInMs: 0 };
  });
  expect(await pace.turn()).toBe(true);
  expect(taken).toBe(6);
});

test('nobody may call where it is not known when, and the next are asked about anew', async () => {
  let isAway = true;
  const pace = sharedPaceOf(20, async ({ atMost }) => {
    if (isAway) throw new Error('away');
    return { count: atMost, firstInMs: 0, againInMs: 0 };
  });
  expect(await Promise.all([pace.turn(), pace.turn()])).toEqual([false, false]);
  isAway = false;
  expect(await pace.turn()).toBe(true);
});
