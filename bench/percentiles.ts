// The least, the median and the 99th percentile of what was measured.

export function percentiles(values: readonly number[]): {
  readonly least: number;
  readonly p50: number;
  readonly p99: number;
} {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { least: at(0), p50: at(0.5), p99: at(0.99) };
}
