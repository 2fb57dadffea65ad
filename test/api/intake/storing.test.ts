import { storingLanes } from '../../../api/intake/receiving';
import type { UsageBatch } from '../../../domain/usage';

const batchOf = (count: number): UsageBatch => ({
  source: 'cluster-1',
  reports: Array.from({ length: count }, () => ({
    ...{ workspace: 'acme', model: 'chat', version: 'v1', replica: 'r1', instanceType: 'A10Gx4x16' },
    ...{ phase: 'serving' as const, fromMs: 0, toMs: 60_000 },
  })),
});

const nextRound = () => new Promise((resolve) => setImmediate(resolve));

test('two large batches are stored at a time, and small ones beside them while there are connections', async () => {
  const storing = storingLanes({ usageConnectionsMax: 3 });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const store = (name: string, count: number) =>
    storing(batchOf(count), () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = [store('large 1', 1_000), store('large 2', 1_000), store('large 3', 1_000)];
  await nextRound();
  all.push(store('small 1', 10), store('small 2', 10));
  await nextRound();
  expect(begun).toEqual(['large 1', 'large 2', 'small 1']);
  while (begun.length < 5 || ends.length > 0) {
    ends.shift()?.();
    await nextRound();
  }
  await Promise.all(all);
  expect(begun.slice(3).sort()).toEqual(['large 3', 'small 2']);
});

test('a batch that nobody gets to is refused, is not stored later, and keeps nobody after it waiting', async () => {
  const storing = storingLanes({ usageConnectionsMax: 1, usageWaitMsMax: 20 });
  const begun: string[] = [];
  let end = () => {};
  const first = storing(batchOf(1), () => new Promise<void>((resolve) => (end = resolve)));
  const late = ['small', 'large'].map((name) =>
    storing(batchOf(name === 'small' ? 1 : 1_000), async () => {
      begun.push(name);
    }),
  );
  const refused = { code: 'unavailable', detail: expect.stringContaining('send it again') };
  expect(await Promise.allSettled(late)).toMatchObject([
    { status: 'rejected', reason: refused },
    { status: 'rejected', reason: refused },
  ]);
  end();
  await first;
  expect(await storing(batchOf(1_000), async () => 'stored')).toBe('stored');
  await expect(storing(batchOf(1), () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(begun).toEqual([]);
});
