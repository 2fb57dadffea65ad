import { setTimeout as sleep } from 'node:timers/promises';
import type { Answered, Reading } from '../../web/data/answered';
import { createStore } from '../../web/data/store';
import { until } from '../harness/until';

const path = '/v1/workspaces/acme/usage';

function answering(...answers: readonly Answered<unknown>[]) {
  const asked: Reading[] = [];
  const seen = { is: true };
  const store = createStore({
    read: async (_path, reading) => {
      asked.push(reading);
      return answers[Math.min(asked.length, answers.length) - 1] as Answered<unknown>;
    },
    nowMs: () => performance.now(),
    isSeen: () => seen.is,
  });
  return { store, asked, seen };
}

const value = (text: string, etag: string | null = null): Answered<unknown> => ({
  kind: 'answer',
  value: { text },
  text,
  etag,
});
const once = Number.POSITIVE_INFINITY;

describe('what the page knows', () => {
  test('is asked for when somebody looks, and is the same object as long as the answer is the same', async () => {
    const { store, asked } = answering(value('one'), value('one'));
    let told = 0;
    const leave = store.watch(path, once, () => {
      told += 1;
    });
    await until('it is known', async () => store.knownOf(path).value !== undefined);
    const first = store.knownOf(path);
    await store.refreshAll();
    expect(asked).toHaveLength(2);
    expect(store.knownOf(path)).toBe(first);
    expect(told).toBe(1);
    leave();
  });

  test('is asked for once, however many look at it one after the other', async () => {
    const { store, asked } = answering(value('one'));
    const leave = store.watch(path, once, () => undefined);
    await until('it is known', async () => store.knownOf(path).value !== undefined);
    leave();
    const leaveToo = store.watch(path, once, () => undefined);
    await sleep(20);
    expect(asked).toHaveLength(1);
    leaveToo();
  });

  test('is asked for with the ETag that came with it, and stays where nothing has changed', async () => {
    const { store, asked } = answering(value('one', '"1"'), { kind: 'same' });
    const leave = store.watch(path, once, () => undefined);
    await until('it is known', async () => store.knownOf(path).value !== undefined);
    await store.refreshAll();
    expect(asked[1]).toEqual({ known: '"1"', isBackground: false });
    expect(store.knownOf(path)).toEqual({ value: { text: 'one' } });
    leave();
  });

  test('stays in sight while the API is away, and is right again when it is back', async () => {
    const { store } = answering(value('one'), { kind: 'offline' }, value('one'));
    const leave = store.watch(path, once, () => undefined);
    await until('it is known', async () => store.knownOf(path).value !== undefined);
    await store.refreshAll();
    expect(store.knownOf(path)).toEqual({ value: { text: 'one' }, failure: { kind: 'offline' } });
    await store.refreshAll();
    expect(store.knownOf(path)).toEqual({ value: { text: 'one' } });
    leave();
  });

  test('is gone when it is not there any more', async () => {
    const { store } = answering(value('one'), { kind: 'missing' }, value('one'));
    const leave = store.watch(path, once, () => undefined);
    await until('it is known', async () => store.knownOf(path).value !== undefined);
    await store.refreshAll();
    expect(store.knownOf(path)).toEqual({ failure: { kind: 'missing' } });
    await store.refreshAll();
    expect(store.knownOf(path)).toEqual({ value: { text: 'one' } });
    leave();
  });

  test('is asked for again by itself, in the background, only while it is seen and looked at', async () => {
    const { store, asked, seen } = answering(value('one'));
    const leave = store.watch(path, 1, () => undefined);
    await until('it is asked for again', async () => asked.length > 2);
    expect(asked.map((reading) => reading.isBackground).slice(0, 3)).toEqual([false, true, true]);
    seen.is = false;
    await sleep(30);
    const unseen = asked.length;
    await sleep(60);
    expect(asked.length).toBe(unseen);
    seen.is = true;
    await until('it is asked for again', async () => asked.length > unseen);
    leave();
    await sleep(30);
    const left = asked.length;
    await sleep(60);
    expect(asked.length).toBe(left);
  });

  test('is not asked for again once the session is over', async () => {
    const { store, asked } = answering({ kind: 'ended' });
    const leave = store.watch(path, 1, () => undefined);
    await until('that is known', async () => store.knownOf(path).failure !== undefined);
    await sleep(60);
    expect(asked).toHaveLength(1);
    leave();
  });

  test('is over as a whole once one of the questions hears that the session is, and comes back with it', async () => {
    const { store, asked } = answering(
      value('one', '"1"'),
      { kind: 'ended', returnUrl: 'https://a.example' },
      value('one'),
    );
    const other = '/v1/workspaces/acme/credits';
    const leave = [store.watch(path, once, () => undefined)];
    await until('it is known', async () => store.knownOf(path).value !== undefined);
    leave.push(store.watch(other, once, () => undefined));
    await until('that is known', async () => store.knownOf(other).failure !== undefined);
    expect(store.knownOf(path)).toEqual({ failure: { kind: 'ended', returnUrl: 'https://a.example' } });
    await store.refreshAll();
    expect([store.knownOf(path), store.knownOf(other)]).toEqual([
      { value: { text: 'one' } },
      { value: { text: 'one' } },
    ]);
    // With nothing known, that nothing has changed would be no answer.
    expect(asked.map(({ known }) => known)).toEqual([null, null, null, null]);
    for (const each of leave) each();
  });
});
