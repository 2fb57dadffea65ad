// The price book: change points, each of which holds from its hour until the next.
import { type Complain, FaultList, isAbsent, readFields, readHour, readId, readList, readName, readUsd } from './body';
import { formatUsdShort, type Nanos, nanos, nanosPerUsd } from './money';
import { formatInstant, hourStartMs } from './period';

/** From `fromHour` (hours since the epoch) on, a minute costs `priceNanos`. */
export type PricePoint = { readonly fromHour: number; readonly priceNanos: Nanos };

/** The points of one instance type, each list ascending: a workspace's contract prices, and everybody's. */
export type PricePoints = { readonly contract: readonly PricePoint[]; readonly standard: readonly PricePoint[] };

/** Hours since the epoch, half-open; `toHour` is Infinity where it never ends. */
export type HourRange = { readonly fromHour: number; readonly toHour: number };

/** One entry of the body of PUT /v1/prices, read. */
export type PriceEntry = {
  readonly instanceType: string;
  readonly priceNanos: Nanos;
  readonly fromHour: number;
  readonly workspace?: string;
};

/** The price of a minute in an hour, of points in ascending order; undefined before the first. */
export function priceInForce(points: readonly PricePoint[], hour: number): Nanos | undefined {
  return points.findLast((point) => point.fromHour <= hour)?.priceNanos;
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

// 75 times the dearest instance there is. Two thousand replicas of a whole month at this price still fit 64 bits of
// nano-dollars; a mistyped price that did not would stop the roll-up of its shard.
const priceNanosMax = nanos(100n * nanosPerUsd);
const priceFields = ['instanceType', 'usdPerMinute', 'effectiveFrom', 'workspace'] as const;

/**
 * Reads the body `[{instanceType, usdPerMinute, effectiveFrom, workspace?}]`, repeated entries once. Throws
 * `invalid_request` with every fault by index and field, among them two prices for the same hour.
 */
export function parsePrices(body: unknown): PriceEntry[] {
  const faults = new FaultList();
  const entries = new Map<string, PriceEntry>();
  (readList(body, 'body', faults.at()) ?? []).forEach((item, index) => {
    const complain = faults.at(index);
    const entry = readPrice(item, complain);
    if (entry === undefined) return;
    const key = `${entry.workspace ?? ''} ${entry.instanceType} ${entry.fromHour}`;
    const earlier = entries.get(key);
    if (earlier === undefined) entries.set(key, entry);
    else if (earlier.priceNanos !== entry.priceNanos) complain('usdPerMinute', twoPrices(earlier, entry));
  });
  faults.throwIfAny('invalid_request', 'the prices are');
  return [...entries.values()];
}

function readPrice(item: unknown, complain: Complain): PriceEntry | undefined {
  const fields = readFields(item, priceFields, (field, message) =>
    complain(field === 'body' ? 'price' : field, message),
  );
  if (fields === undefined) return undefined;
  const instanceType = readName(fields.instanceType, 'instanceType', complain);
  const priceNanos = readUsd(fields.usdPerMinute, 'usdPerMinute', complain);
  if (priceNanos !== undefined && (priceNanos < 0n || priceNanos > priceNanosMax)) {
    complain('usdPerMinute', `expected 0 to 100 dollars a minute, came ${formatUsdShort(priceNanos)}`);
  }
  const fromHour = readHour(fields.effectiveFrom, 'effectiveFrom', complain);
  const workspace = isAbsent(fields.workspace) ? undefined : readId(fields.workspace, 'workspace', complain);
  if (instanceType === undefined || priceNanos === undefined || fromHour === undefined) return undefined;
  return { instanceType, priceNanos, fromHour, ...(workspace === undefined ? {} : { workspace }) };
}

function twoPrices(earlier: PriceEntry, later: PriceEntry): string {
  const from = formatInstant(hourStartMs(later.fromHour));
  const [one, other] = [formatUsdShort(earlier.priceNanos), formatUsdShort(later.priceNanos)];
  return `expected one price of ${later.instanceType} from ${from} on, came ${one} before and ${other} here`;
}
