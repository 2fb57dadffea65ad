// Where the running total goes: from what there is now to what is expected at the end, between the least and the most.
import { type Nanos, nanos } from '../../domain/money';
import type { Slot } from './series';

export type Outlook = {
  /** In slots from the beginning. */
  readonly from: number;
  readonly now: Nanos;
  readonly low: Nanos;
  readonly expected: Nanos;
  readonly high: Nanos;
};

/** Each slot with all before it, up to the last in which there was anything; those after it stay empty. */
export function runningTotals(slots: readonly Slot[]): readonly Slot[] {
  const sums = new Map<string, bigint>();
  const last = slots.findLastIndex(({ costs }) => costs.size > 0);
  return slots.map(({ at, costs }, index) => {
    for (const [model, cost] of costs) sums.set(model, (sums.get(model) ?? 0n) + cost);
    const soFar = index > last ? [] : [...sums].map(([model, sum]) => [model, nanos(sum)] as const);
    return { at, costs: new Map(soFar) };
  });
}
