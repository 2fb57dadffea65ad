// The price book: change points, each of which holds from its hour until the next.
import type { Complain } from './body';
import { formatUsdShort, type Nanos, nanos, nanosPerUsd } from './money';
import { formatInstant, hourStartMs } from './period';

/**
 * From `fromHour` (hours since the epoch) on, a minute costs `priceNanos`. Null ends a contract price: the standard price
 * holds again.
 */
export type PricePoint = { readonly fromHour: number; readonly priceNanos: Nanos | null };

/** The points of one instance type, each list ascending: a workspace's contract prices, and everybody's. */
export type PricePoints = { readonly contract: readonly PricePoint[]; readonly standard: readonly PricePoint[] };

/** Hours since the epoch, half-open; `toHour` is Infinity where it never ends. */
export type HourRange = { readonly fromHour: number; readonly toHour: number };

/** A change point to be put into the price book. Null ends a workspace's contract price from its hour on. */
export type PriceEntry = {
  readonly instanceType: string;
  readonly priceNanos: Nanos | null;
  readonly fromHour: number;
  readonly workspace?: string;
};

/** The price of a minute in an hour, of points in ascending order; undefined before the first, and where it was ended. */
export function priceInForce(points: readonly PricePoint[], hour: number): Nanos | undefined {
  return points.findLast((point) => point.fromHour <= hour)?.priceNanos ?? undefined;
}

/** The price of a minute for a workspace in an hour: its contract price where one is in force, or the standard one. */
export function priceFor(points: PricePoints, hour: number): Nanos | undefined {
  return priceInForce(points.contract, hour) ?? priceInForce(points.standard, hour);
}

/**
 * The hours whose price is another one after than it was before. Hours that had no price are not altered by getting
 * one: what was used in them waits in quarantine, on no invoice.
 */
export function alteredRanges(change: { readonly before: PricePoints; readonly after: PricePoints }): HourRange[] {
  const { before, after } = change;
  const points = [...before.contract, ...before.standard, ...after.contract, ...after.standard];
  const cuts = [...new Set(points.map((point) => point.fromHour))].sort((one, other) => one - other);
  const altered: HourRange[] = [];
  cuts.forEach((fromHour, at) => {
    const was = priceFor(before, fromHour);
    if (was === undefined || was === priceFor(after, fromHour)) return;
    const toHour = cuts[at + 1] ?? Number.POSITIVE_INFINITY;
    const last = altered.at(-1);
    if (last?.toHour === fromHour) altered[altered.length - 1] = { fromHour: last.fromHour, toHour };
    else altered.push({ fromHour, toHour });
  });
  return altered;
}

/**
 * The first hour in which a contract price ends although no standard price holds that could take its place: usage in it
 * would have no price. Undefined where there is none.
 */
export function unpricedEnd({ contract, standard }: PricePoints): number | undefined {
  const ends = contract.filter((point) => point.priceNanos === null).map((point) => point.fromHour);
  return ends.find((hour) => priceInForce(standard, hour) === undefined);
}

// 75 times the dearest instance there is. Two thousand replicas of a whole month at this price still fit 64 bits of
// nano-dollars; a workspace whose sums would not is set aside from metering until its price is mended.
const priceNanosMax = nanos(100n * nanosPerUsd);

/** What is wrong with a price of a minute, as what was expected instead; undefined where nothing is. */
export function priceRefusal(priceNanos: Nanos): string | undefined {
  if (priceNanos >= 0n && priceNanos <= priceNanosMax) return undefined;
  return `0 to ${formatUsdShort(priceNanosMax)} dollars a minute`;
}

type EntryRead = { readonly [name in keyof PriceEntry]?: PriceEntry[name] | undefined };

/**
 * Complains of two prices for the same hour, and of everybody's price being ended: usage after it would wait for a price
 * for ever. What could not be read is undefined.
 */
export function checkPrices(entries: readonly (EntryRead | undefined)[], at: (index: number) => Complain): void {
  const known = new Map<string, EntryRead>();
  entries.forEach((entry, index) => {
    if (entry?.priceNanos === undefined) return;
    // A workspace that was named and could not be read is undefined: that is a fault of its own.
    if (entry.priceNanos === null && !('workspace' in entry)) {
      at(index)('usdPerMinute', "expected a price, came null: only a workspace's contract price can be ended");
    }
    const name = pointName(entry);
    if (name === undefined) return;
    const earlier = known.get(name);
    if (earlier === undefined) known.set(name, entry);
    else if (earlier.priceNanos !== entry.priceNanos) at(index)('usdPerMinute', twoPrices(earlier, entry));
  });
}

/** The entries, each change point once. */
export function eachOnce(entries: readonly PriceEntry[]): readonly PriceEntry[] {
  return [...new Map(entries.map((entry) => [pointName(entry), entry])).values()];
}

function pointName({ workspace = '', instanceType, fromHour }: EntryRead): string | undefined {
  if (instanceType === undefined || fromHour === undefined) return undefined;
  return `${workspace} ${instanceType} ${fromHour}`;
}

function twoPrices(earlier: EntryRead, later: EntryRead): string {
  const from = formatInstant(hourStartMs(later.fromHour ?? 0));
  const [one, other] = [formatPrice(earlier.priceNanos), formatPrice(later.priceNanos)];
  return `expected one price of ${later.instanceType} from ${from} on, came ${one} before and ${other} here`;
}

/** A price as messages say it: the shortest exact form, or `null` for the end of one. */
export function formatPrice(priceNanos: Nanos | null | undefined): string {
  return priceNanos === null || priceNanos === undefined ? 'null' : formatUsdShort(priceNanos);
}
