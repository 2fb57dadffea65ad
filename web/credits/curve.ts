// The shape of a balance over time, in a square of one by one. For pixels alone: no figure is made of it.

export type Balance = { readonly ms: number; readonly nanos: bigint };

type Curve = {
  readonly from: number;
  readonly to: number;
  /** In steps, as a balance stands until the next entry; since the last one it has gone down bit by bit. */
  readonly line: string;
  /** From now to nothing. */
  readonly ahead: string | undefined;
  readonly nowAt: number;
};

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** Undefined where there is no stretch of time to draw. */
export function curveOf(facts: {
  readonly past: readonly Balance[];
  readonly now: Balance;
  readonly zeroMs: number | undefined;
}): Curve | undefined {
  const { past, now, zeroMs } = facts;
  const first = past[0];
  if (first === undefined || first.ms >= now.ms) return undefined;
  if (now.ms - first.ms < dayMs && zeroMs === undefined) return undefined;
  // What is months ahead would press what has been into a corner.
  const aheadMs = Math.min((zeroMs ?? now.ms) - now.ms, Math.max(now.ms - first.ms, weekMs));
  const to = now.ms + Math.max(aheadMs, dayMs);
  const top = [...past, now].reduce((most, { nanos }) => (nanos > most ? nanos : most), 1n);
  const xOf = (ms: number) => fraction(ms - first.ms, to - first.ms);
  const yOf = (nanos: bigint) => 1 - Number((nanos * 10_000n) / top) / 10_500;
  const steps = past.slice(1).map(({ ms, nanos }) => `H${xOf(ms)}V${yOf(nanos)}`);
  const line = `M0 ${yOf(first.nanos)}${steps.join('')}L${xOf(now.ms)} ${yOf(now.nanos)}`;
  return { from: first.ms, to, line, ahead: aheadOf(facts, { to, xOf, yOf }), nowAt: xOf(now.ms) };
}

type Axes = { readonly to: number; readonly xOf: (ms: number) => number; readonly yOf: (nanos: bigint) => number };

function aheadOf(
  { now, zeroMs }: { readonly now: Balance; readonly zeroMs: number | undefined },
  { to, xOf, yOf }: Axes,
) {
  if (zeroMs === undefined || now.nanos <= 0n || zeroMs <= now.ms) return undefined;
  const start = `M${xOf(now.ms)} ${yOf(now.nanos)}`;
  if (zeroMs <= to) return `${start}L${xOf(zeroMs)} 1`;
  // The line is cut off where the drawing ends.
  const share = fraction(to - now.ms, zeroMs - now.ms);
  const y = yOf(now.nanos);
  return `${start}L1 ${y + (1 - y) * share}`;
}

const fraction = (part: number, whole: number): number => Math.round((part / whole) * 10_000) / 10_000;
