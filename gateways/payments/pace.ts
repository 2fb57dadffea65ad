// Calls a second: each waits for its turn, in the order in which they came.

export type Pace = {
  /** Resolves when one more call may start. */
  turn(): Promise<void>;
};

/**
 * Evenly spaced, so that no second sees more than `callsPerSecond` and one. It knows of this process alone: the provider
 * counts all of an account's.
 */
export function paceOf(callsPerSecond: number): Pace {
  const everyMs = 1000 / callsPerSecond;
  let nextAtMs = 0;
  return {
    turn: async () => {
      const nowMs = performance.now();
      const atMs = Math.max(nowMs, nextAtMs);
      nextAtMs = atMs + everyMs;
      if (atMs > nowMs) await new Promise((resolve) => setTimeout(resolve, atMs - nowMs));
    },
  };
}
