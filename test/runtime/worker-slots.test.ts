import { workerSlots } from '../../runtime/worker-slots';

const sum = (slots: Readonly<Record<string, number>>) => Object.values(slots).reduce((all, each) => all + each, 0);

test('without a setting the pool is as large as all slots and what else a worker does', () => {
  expect(workerSlots({ poolMax: undefined, meteringParallel: 2 })).toEqual({
    slots: { billing: 7, usage: 2, mail: 5, stripe: 10, guard: 10, webhooks: 4 },
    poolMax: 45,
  });
  expect(workerSlots({ poolMax: undefined, meteringParallel: 16 })).toMatchObject({
    slots: { usage: 16 },
    poolMax: 59,
  });
});

test('a smaller pool has fewer slots, a larger one more invoices at the same time', () => {
  expect(workerSlots({ poolMax: 18, meteringParallel: 2 })).toEqual({
    slots: { billing: 3, usage: 2, mail: 1, stripe: 2, guard: 2, webhooks: 1 },
    poolMax: 18,
  });
  expect(workerSlots({ poolMax: 50, meteringParallel: 2 })).toEqual({
    slots: { billing: 12, usage: 2, mail: 5, stripe: 10, guard: 10, webhooks: 4 },
    poolMax: 50,
  });
});

test('whatever the settings, each queue has a slot and each slot a connection', () => {
  for (const poolMax of [1, 2, 5, 9, 10, 11, 12, 20, 29, 30, 1000]) {
    for (const meteringParallel of [1, 2, 16, 64]) {
      const { slots, poolMax: had } = workerSlots({ poolMax, meteringParallel });
      expect(Object.values(slots).every((each) => each >= 1)).toBe(true);
      expect(had).toBe(sum(slots) + 7);
      expect(had).toBe(Math.max(poolMax, meteringParallel + 12));
    }
  }
});
