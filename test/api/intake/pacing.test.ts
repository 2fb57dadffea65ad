import { slice } from '../../../api/intake/pacing';

test('between two slices of work the process looks at what else has come', async () => {
  let round = 0;
  const count = () => {
    round += 1;
    if (round < 20) setImmediate(count);
  };
  setImmediate(count);
  const rounds = await Promise.all(Array.from({ length: 5 }, () => slice().then(() => round)));
  expect(new Set(rounds).size).toBe(5);
  expect(rounds).toEqual([...rounds].sort((one, other) => one - other));
});

test('a slice is granted again after a time when nobody asked', async () => {
  await slice();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await expect(slice()).resolves.toBeUndefined();
});
