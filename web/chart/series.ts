// What a chart of costs shows: slots of time, in each what the dearest models cost, and the rest as one.
import { formatUsd, type Nanos, nanos, sumNanos } from '../../domain/money';

/** A day or an hour: when it begins, and what each model cost in it. */
export type Slot = { readonly at: string; readonly costs: ReadonlyMap<string, Nanos> };

/** A colour of the chart: a model, or all that have none of their own. */
export type Series = { readonly name: string; readonly tone: number; readonly models: ReadonlySet<string> };

// As many colours as can be told apart beside each other.
const ownTones = 6;

/** The dearest models each, the rest together; one model more gets its own name before "1 other" is written. */
export function seriesOf(slots: readonly Slot[]): readonly Series[] {
  const totals = new Map<string, bigint>();
  for (const { costs } of slots) {
    for (const [model, cost] of costs) totals.set(model, (totals.get(model) ?? 0n) + cost);
  }
  const names = [...totals].sort(([oneName, one], [otherName, other]) =>
    one === other ? oneName.localeCompare(otherName) : one < other ? 1 : -1,
  );
  const own = names.length <= ownTones + 1 ? names.length : ownTones;
  const series = names.slice(0, own).map(([name], at) => ({ name, tone: at + 1, models: new Set([name]) }));
  const rest = names.slice(own).map(([name]) => name);
  if (rest.length === 0) return series;
  return [...series, { name: `${rest.length} others`, tone: ownTones + 1, models: new Set(rest) }];
}

/** What a series cost in a slot. */
export function costOf({ models }: Series, { costs }: Slot): Nanos {
  let sum = 0n;
  for (const model of models) sum += costs.get(model) ?? 0n;
  return nanos(sum);
}

export const totalOf = ({ costs }: Slot): Nanos => sumNanos(costs.values());

/** The scale: four steps of a round amount, up to no less than the greatest. */
export function scaleOf(greatest: bigint): { readonly top: bigint; readonly marks: readonly string[] } {
  const step = roundStep(greatest);
  return { top: step * 4n, marks: [0n, 1n, 2n, 3n, 4n].map((at) => formatUsd(step * at)) };
}

function roundStep(greatest: bigint): bigint {
  // A cent at the least: finer marks would all read the same.
  for (let unit = 10_000_000n; ; unit *= 10n) {
    for (const step of [unit, unit * 2n, unit * 5n]) if (step * 4n >= greatest) return step;
  }
}

/** How high an amount stands, 0 to 1. For pixels alone: no figure is made of it. */
export const heightOf = (amount: bigint, top: bigint): number => Number((amount * 100_000n) / top) / 100_000;

/** Every slot of a time, also those without usage. */
export function fill(known: readonly Slot[], times: readonly string[]): readonly Slot[] {
  const byTime = new Map(known.map((slot) => [slot.at, slot]));
  return times.map((at) => byTime.get(at) ?? { at, costs: new Map<string, Nanos>() });
}
