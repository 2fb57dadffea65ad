// Which activities get on with their work: when each last did something, as long as it runs.
import { asyncLocalStorage, type Context } from '@temporalio/activity';

export type Progress = {
  /** The activity that this is called in got on; outside of one it does nothing. */
  note(): void;
  /** For how long an activity has got nothing done, in milliseconds. */
  silenceMs(context: Context): number;
};

export function createProgress(now: () => number = () => performance.now()): Progress {
  const notedMs = new WeakMap<Context, number>();
  return {
    note: () => {
      const context = asyncLocalStorage.getStore();
      if (context !== undefined) notedMs.set(context, now());
    },
    silenceMs: (context) => {
      const atMs = notedMs.get(context);
      if (atMs !== undefined) return now() - atMs;
      // Asked about for the first time: it has just begun.
      notedMs.set(context, now());
      return 0;
    },
  };
}
