// What the page knows, by address: asked for when somebody looks at it, asked for again while he does, and changed only
// when the answer is another one. So nothing on the page moves, and nothing loses focus, while nothing happens.
import type { Answered, Failure, Reading } from './answered';

export type Known<Value> = {
  readonly value?: Value;
  /** Why the last asking brought nothing; the value is then what was known before. */
  readonly failure?: Failure;
};

type Entry = {
  known: Known<unknown>;
  text: string;
  etag: string | null;
  everyMs: number;
  readonly watchers: Set<() => void>;
  asking: Promise<void> | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  failures: number;
  /** When it was asked for last, by a clock that only goes on. */
  askedMs: number;
};

type Surroundings = {
  readonly read: (path: string, reading: Reading) => Promise<Answered<unknown>>;
  readonly nowMs: () => number;
  /** Whether anybody can see the page: nothing is asked for while nobody can. */
  readonly isSeen: () => boolean;
};

const nothing: Known<never> = {};
const retryMsMax = 60_000;
const freshMs = 3_000;
// Views left this long ago are asked for anew, and the rest is shown at once when one comes back to it.
const keptMax = 60;

export function createStore({ read, nowMs, isSeen }: Surroundings) {
  const entries = new Map<string, Entry>();

  function entryOf(path: string, everyMs: number): Entry {
    const found = entries.get(path);
    if (found !== undefined) return found;
    const fresh = { known: nothing, text: '', etag: null, asking: undefined, timer: undefined, failures: 0 } as const;
    const entry: Entry = { ...fresh, everyMs, watchers: new Set(), askedMs: Number.NEGATIVE_INFINITY };
    entries.set(path, entry);
    return entry;
  }

  function tell(entry: Entry, known: Known<unknown>): void {
    entry.known = known;
    for (const watcher of entry.watchers) watcher();
  }

  async function ask(path: string, entry: Entry, isBackground: boolean): Promise<void> {
    const began = nowMs();
    entry.askedMs = began;
    const answered = await read(path, { known: entry.etag, isBackground });
    if (answered.kind === 'answer' || answered.kind === 'same') keep(entry, answered);
    else miss(entry, answered);
    // A large answer is asked for less often: at most a twentieth of the time goes into reading it.
    const waitMs = entry.failures === 0 ? Math.max(entry.everyMs, 20 * (nowMs() - began)) : retryMs(entry);
    plan(path, entry, waitMs);
  }

  function keep(entry: Entry, answered: Extract<Answered<unknown>, { kind: 'answer' | 'same' }>): void {
    entry.failures = 0;
    if (answered.kind === 'answer') entry.etag = answered.etag;
    const isNews = answered.kind === 'answer' && answered.text !== entry.text;
    if (isNews) entry.text = answered.text;
    if (isNews) tell(entry, { value: answered.value });
    else if (entry.known.failure !== undefined) tell(entry, { value: entry.known.value });
  }

  function miss(entry: Entry, failure: Failure): void {
    entry.failures += 1;
    if (failure.kind === 'ended') end(failure);
    if (entry.known.failure?.kind === failure.kind) return;
    // What is not there any more is not shown any more.
    if (failure.kind === 'missing') forget(entry, failure);
    else tell(entry, { ...entry.known, failure });
  }

  // Its ETag as well: that nothing has changed since would say nothing.
  function forget(entry: Entry, failure: Failure): void {
    entry.text = '';
    entry.etag = null;
    tell(entry, { failure });
  }

  /** A session is over for all that was read in it, whichever question it was that heard of it. */
  function end(failure: Failure): void {
    for (const entry of entries.values()) {
      clearTimeout(entry.timer);
      if (entry.known.failure?.kind !== 'ended') forget(entry, failure);
    }
  }

  function retryMs(entry: Entry): number {
    const { failure } = entry.known;
    const mayHeal = failure?.kind === 'offline' || failure?.kind === 'broken';
    return mayHeal ? Math.min(2_000 * 2 ** (entry.failures - 1), retryMsMax) : entry.everyMs;
  }

  function plan(path: string, entry: Entry, waitMs: number): void {
    clearTimeout(entry.timer);
    if (
      entry.watchers.size === 0 ||
      entry.known.failure?.kind === 'ended' ||
      entry.everyMs === Number.POSITIVE_INFINITY
    )
      return;
    entry.timer = setTimeout(() => {
      if (isSeen()) void refresh(path, entry, true);
      else plan(path, entry, waitMs);
    }, waitMs);
  }

  function refresh(path: string, entry: Entry, isBackground = false): Promise<void> {
    entry.asking ??= ask(path, entry, isBackground).finally(() => {
      entry.asking = undefined;
    });
    return entry.asking;
  }

  function forgetOldest(): void {
    for (const [path, entry] of entries) {
      if (entries.size <= keptMax) return;
      if (entry.watchers.size === 0 && entry.asking === undefined) entries.delete(path);
    }
  }

  return {
    knownOf: (path: string): Known<unknown> => entries.get(path)?.known ?? nothing,
    watch(path: string, everyMs: number, watcher: () => void): () => void {
      const entry = entryOf(path, everyMs);
      entry.watchers.add(watcher);
      // What one part of a view has just read, another needs not ask for again.
      const ageMs = nowMs() - entry.askedMs;
      if (ageMs > freshMs) void refresh(path, entry);
      else if (entry.asking === undefined) plan(path, entry, entry.everyMs);
      forgetOldest();
      return () => {
        entry.watchers.delete(watcher);
        if (entry.watchers.size === 0) clearTimeout(entry.timer);
      };
    },
    /** Asks at once for everything that is looked at: after a change, or when the page is seen or online again. */
    refreshAll: (): Promise<unknown> =>
      Promise.all(
        [...entries]
          .filter(([, entry]) => entry.watchers.size > 0)
          // What is being asked already may have been asked before the change.
          .map(async ([path, entry]) => {
            await entry.asking;
            return refresh(path, entry);
          }),
      ),
    /** Whether something that is looked at could not be reached. */
    isOffline: (): boolean =>
      [...entries.values()].some((entry) => entry.watchers.size > 0 && entry.known.failure?.kind === 'offline'),
  };
}
