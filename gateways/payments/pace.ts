// Calls a second: each waits for its turn, in the order in which they came.
import { AsyncResource } from 'node:async_hooks';

export type Pace = {
  /** Resolves when one more call may start; to false where that cannot be found out, so that none may. */
  turn(): Promise<boolean>;
};

/** So many slots in a row: the first so many milliseconds from now. With none, when to ask again. */
export type TakenSlots = { readonly count: number; readonly firstInMs: number; readonly againInMs: number };

/** Takes up to `atMost` slots, `everyMs` apart, from what all processes that call the provider share. */
export type TakeSlots = (of: { readonly atMost: number; readonly everyMs: number }) => Promise<TakenSlots>;

// How much later than its slot a call may reach the provider, and no second sees one more than it should: slots are as much
// wider apart as that takes. Half of it is for timers, the rest for the way there.
const latenessMs = 200;
const timersMs = 100;

/** How far apart calls are, so that no second sees more than `callsPerSecond` of them. */
export function everyMsOf(callsPerSecond: number): number {
  return (1000 + latenessMs) / callsPerSecond;
}

/** Of this process alone, for programs that run by themselves. */
export function paceOf(callsPerSecond: number): Pace {
  let nextAtMs = 0;
  return sharedPaceOf(callsPerSecond, async ({ atMost, everyMs }) => {
    const nowMs = performance.now();
    const firstAtMs = Math.max(nowMs, nextAtMs);
    nextAtMs = firstAtMs + atMost * everyMs;
    return { count: atMost, firstInMs: firstAtMs - nowMs, againInMs: 0 };
  });
}

type Waiting = { readonly answer: (mayStart: boolean) => void; missed: number };

// One question at a time, for all who wait: two hundred calls of one process are some forty of them.
const atMostAtOnce = 10;
// A process that is late all the time is to get on even so.
const missedMax = 5;

/** Evenly spaced over all who `take` from the same slots. */
export function sharedPaceOf(callsPerSecond: number, take: TakeSlots): Pace {
  const everyMs = everyMsOf(callsPerSecond);
  const waiting: Waiting[] = [];
  let isTaking = false;
  let leastMs = Number.POSITIVE_INFINITY;

  const startAt = (dueMs: number, call: Waiting) => {
    const start = () => {
      // A call that begins late runs into the slots of others. It gives its own up, and takes another.
      if (performance.now() - dueMs <= timersMs || call.missed >= missedMax) return call.answer(true);
      call.missed++;
      waiting.unshift(call);
      void serve();
    };
    const leftMs = dueMs - performance.now();
    if (leftMs > 0) setTimeout(start, leftMs);
    else start();
  };

  const serveSome = async () => {
    const askedMs = performance.now();
    const { count, firstInMs, againInMs } = await take({ atMost: Math.min(waiting.length, atMostAtOnce), everyMs });
    const tookMs = performance.now() - askedMs;
    leastMs = Math.min(leastMs, tookMs);
    // Counted from the answer; but where that took longer than it may, nobody knows when the slots were.
    const fromMs = askedMs + (tookMs - leastMs > timersMs ? leastMs : tookMs);
    waiting.splice(0, count).forEach((call, nth) => {
      startAt(fromMs + firstInMs + nth * everyMs, call);
    });
    if (count === 0) await new Promise((resolve) => setTimeout(resolve, againInMs));
  };

  // In nobody's context: it is asked for all who wait, and whoever asked first is no further by it.
  const serve = AsyncResource.bind(async () => {
    if (isTaking) return;
    isTaking = true;
    try {
      while (waiting.length > 0) await serveSome();
    } catch {
      // Whoever waits will hear of Postgres what is wrong with it: what came of a call is written there.
      for (const { answer } of waiting.splice(0)) answer(false);
    } finally {
      isTaking = false;
    }
  });

  return {
    turn: () =>
      new Promise((resolve) => {
        waiting.push({ answer: resolve, missed: 0 });
        void serve();
      }),
  };
}
