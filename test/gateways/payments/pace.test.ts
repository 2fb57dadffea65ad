import { paceOf } from '../../../gateways/payments/pace';

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
