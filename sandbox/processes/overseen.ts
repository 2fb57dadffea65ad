// The children of a start command, known from the moment they run: parts that end by themselves are started again, and
// programs of ours stop before the servers they use.

import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProcess } from './processes';
import { recordProcesses } from './recorded-processes';

const failuresMax = 5;
const pauseMsMax = 10_000;
// One that ends sooner than this after it answered has not come up all the same.
const upAfterMs = 5_000;

/** Starts a part. Once it has come up it is started again, in the same way, whenever it ends by itself. */
export type KeepUp = <Part extends RunningProcess>(start: () => Promise<Part>) => Promise<Part>;

/** Records each child, keeps parts up, and stops them all. `pauseMs`: before the first try to start a part again. */
export function overseeChildren(home: string, say: (line: string) => void, pauseMs = 1000) {
  const record = recordProcesses(home);
  const children = new Set<RunningProcess>();
  const stopping = new AbortController();
  const watches: Promise<void>[] = [];
  let lose: (reason: Error) => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    lose = reject;
  });
  // Whoever waits for it hears of it; a start that fails for the same reason need not.
  lost.catch(() => undefined);
  const stopThose = (some: Iterable<RunningProcess>) => Promise.all([...some].map((child) => child.stop()));
  const keepUp: KeepUp = async (start) => {
    const part = await start();
    const watch = startWheneverEnded(part, { start, say, pauseMs, stopping: stopping.signal });
    watches.push(watch.catch(lose));
    return part;
  };
  return {
    keepUp,
    /** Rejects once a part cannot be brought up again. */
    lost,
    add: (child: RunningProcess) => {
      children.add(child);
      record.add(child);
      void child.exited.then(() => {
        children.delete(child);
        record.remove(child);
      });
      // A start that goes on while we stop must not leave a child that nobody stops.
      if (stopping.signal.aborted) void child.stop();
    },
    stopAll: async () => {
      stopping.abort();
      await stopThose([...children].filter((child) => child.role === 'program'));
      await stopThose(children);
      await Promise.all(watches);
      record.clear();
    },
  };
}

/** Resolves after `stopping`; rejects when the part could not be brought up several times in a row. */
async function startWheneverEnded(
  { name, logFile, exited }: RunningProcess,
  options: {
    readonly start: () => Promise<RunningProcess>;
    readonly say: (line: string) => void;
    readonly pauseMs: number;
    readonly stopping: AbortSignal;
  },
): Promise<void> {
  const { start, say, stopping } = options;
  let what = `ended by itself (${await exited})`;
  for (let failures = 0; failures < failuresMax; ) {
    if (stopping.aborted) return;
    const pauseMs = Math.min(options.pauseMs * 2 ** failures, pauseMsMax);
    say(`${name} ${what}; its log is ${logFile}; it is started again in ${pauseMs / 1000} s`);
    await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
    if (stopping.aborted) return;
    try {
      const part = await start();
      const answeredMs = Date.now();
      say(`${name} was started again`);
      what = `ended by itself (${await part.exited})`;
      failures = Date.now() - answeredMs < upAfterMs ? failures + 1 : 0;
    } catch (error) {
      what = `did not come up (${firstLine(error)})`;
      failures++;
    }
  }
  if (stopping.aborted) return;
  throw new Error(`${name} ${what}, ${failuresMax} times in a row; its log is ${logFile}`);
}

// The lines after it are the end of the log.
function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.replace(/:$/, '');
}
