// Counts calls, so that a test can say how many there were and how many came in one second at most.

export type Calls = {
  count(operation: string, atMs: number): void;
  report(): {
    readonly total: number;
    readonly maxPerSecond: number;
    readonly byOperation: Readonly<Record<string, number>>;
  };
};

export function createCalls(): Calls {
  let total = 0;
  let maxPerSecond = 0;
  let recent: readonly number[] = [];
  const byOperation = new Map<string, number>();
  return {
    count: (operation, atMs) => {
      total++;
      byOperation.set(operation, (byOperation.get(operation) ?? 0) + 1);
      // Any second, not only those that the clock begins.
      recent = [...recent.filter((at) => at > atMs - 1000), atMs];
      maxPerSecond = Math.max(maxPerSecond, recent.length);
    },
    report: () => ({ total, maxPerSecond, byOperation: Object.fromEntries(byOperation) }),
  };
}
