// How components read: the answer as it is known now, and again whenever it is another one.
import { useCallback, useSyncExternalStore } from 'react';
import type { Question } from './questions';
import { read } from './request';
import { createStore, type Known } from './store';

/** The one store of the page. */
export const store = createStore({
  read,
  nowMs: () => performance.now(),
  isSeen: () => document.visibilityState === 'visible',
});

const unasked: Known<never> = {};
const noWatch = () => () => undefined;

/** What is known of a question; undefined asks nothing. */
export function useAnswer<Value>(question: Question<Value> | undefined): Known<Value> {
  const { path, everyMs } = question ?? { path: undefined, everyMs: 0 };
  const watch = useCallback(
    (watcher: () => void) => (path === undefined ? noWatch() : store.watch(path, everyMs, watcher)),
    [path, everyMs],
  );
  return useSyncExternalStore(watch, () => (path === undefined ? unasked : store.knownOf(path))) as Known<Value>;
}

type Asked = Question<unknown> | undefined;

/** Whether each of the questions has an answer, or has none to be had: then nothing comes in late and moves the rest. */
export function useSettled(questions: readonly Asked[]): boolean {
  const asked = questions.filter((question) => question !== undefined);
  const key = asked.map(({ path, everyMs }) => `${everyMs} ${path}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is asked, whichever list it stands in
  const watch = useCallback(
    (watcher: () => void) => {
      const leave = asked.map(({ path, everyMs }) => store.watch(path, everyMs, watcher));
      return () => {
        for (const each of leave) each();
      };
    },
    [key],
  );
  return useSyncExternalStore(watch, () => asked.map(({ path }) => store.knownOf(path)).every(isSettled));
}

export const isSettled = ({ value, failure }: Known<unknown>): boolean => value !== undefined || failure !== undefined;

/** Asks anew when the page is seen again, and when the network goes or is back: then one knows at once. */
export function refreshWhenBack(): void {
  const refresh = () => {
    if (document.visibilityState === 'visible') void store.refreshAll();
  };
  document.addEventListener('visibilitychange', refresh);
  window.addEventListener('online', refresh);
  window.addEventListener('offline', refresh);
}
