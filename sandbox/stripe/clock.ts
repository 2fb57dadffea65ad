// The emulator's clock: the machine's, or one that is given, put ahead by whoever asks for "a day ahead".

export type Clock = {
  nowMs(): number;
  /** Seconds since 1970, as Stripe's objects have them. */
  now(): number;
  /** How far it is ahead of the clock beneath. */
  aheadMs(): number;
  putAhead(ms: number): void;
  /** What falls due at an instant happens at that instant, though it is run later. */
  at(instantMs: number, work: () => void): void;
};

export function createClock(beneath: () => number, aheadMs: number): Clock {
  let ahead = aheadMs;
  let instant: number | undefined;
  const nowMs = () => instant ?? beneath() + ahead;
  return {
    nowMs,
    now: () => Math.floor(nowMs() / 1000),
    aheadMs: () => ahead,
    putAhead: (ms) => {
      ahead += ms;
    },
    at: (instantMs, work) => {
      instant = instantMs;
      try {
        work();
      } finally {
        instant = undefined;
      }
    },
  };
}
