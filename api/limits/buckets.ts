// Token buckets in memory, one a caller: each takes so many calls a minute, and up to a minute's worth of them at once.
import { performance } from 'node:perf_hooks';

export const windowMs = 60_000;

/** What came of a call: whether it may go on, how many more may at once, and when there is one more than that. */
export type Taken = { readonly isAllowed: boolean; readonly remaining: number; readonly moreInMs: number };

export type Buckets = {
  /** Takes one call of a caller, where there is one. */
  take(caller: string): Taken;
  /** What taking would find, without doing so. */
  peek(caller: string): Taken;
};

type Bucket = { calls: number; atMs: number };

// Some 2 MB.
const rememberedMaxUsual = 10_000;

/**
 * Remembers so many callers; beyond that whoever has not called for longest is forgotten, and begins with a full bucket again:
 * nobody is refused for want of room.
 */
export function createBuckets(of: {
  readonly callsAMinute: number;
  readonly rememberedMax?: number;
  /** Any clock that never goes back. */
  readonly now?: () => number;
}): Buckets {
  const { callsAMinute, rememberedMax = rememberedMaxUsual, now = () => performance.now() } = of;
  const callsAMs = callsAMinute / windowMs;
  // In the order of their last use.
  const buckets = new Map<string, Bucket>();
  const fill = (caller: string): Bucket => {
    const atMs = now();
    const known = buckets.get(caller);
    const calls = known === undefined ? callsAMinute : known.calls + (atMs - known.atMs) * callsAMs;
    return { calls: Math.min(callsAMinute, calls), atMs };
  };
  const found = (isAllowed: boolean, calls: number): Taken => {
    const remaining = Math.floor(calls);
    return { isAllowed, remaining, moreInMs: calls === callsAMinute ? 0 : (remaining + 1 - calls) / callsAMs };
  };
  return {
    take: (caller) => {
      const bucket = fill(caller);
      const isAllowed = bucket.calls >= 1;
      if (isAllowed) bucket.calls--;
      buckets.delete(caller);
      const [oldest] = buckets.size >= rememberedMax ? buckets.keys() : [];
      if (oldest !== undefined) buckets.delete(oldest);
      buckets.set(caller, bucket);
      return found(isAllowed, bucket.calls);
    },
    peek: (caller) => {
      const { calls } = fill(caller);
      return found(calls >= 1, calls);
    },
  };
}
