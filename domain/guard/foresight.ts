// When the credits will be gone: the first minute that they do not cover whole, by what is used already and by what runs and goes
// on as it does. The one calculation bills each guess; nothing here rates or draws by itself.
//
// In two steps, as only the minutes of one hour are ever needed: first the hour in which something is owed that was not before,
// then the minute of it.
import { type BillPart, billChain, remainingAfter } from '../bill';
import type { Grant } from '../credits';
import { type Nanos, nanos, sumNanos, zeroNanos } from '../money';
import { hourStartMs, type Month, monthHours, monthOf, nextMonth } from '../period';
import type { TermsPoint } from '../terms';

/** A price of what runs: list nano-dollars a minute, from an hour on. */
export type MinutePrice = { readonly fromHour: number; readonly listNanos: Nanos };

/** Something that runs: its minutes from `fromMinute` on (minutes since the epoch) are used and not reported yet. */
export type Running = {
  readonly fromMinute: number;
  /** Ascending; the first holds before it, too. */
  readonly prices: readonly MinutePrice[];
};

/** What has not been invoiced, in the order in which it will be, as reported; and what runs. */
export type Outlook = {
  readonly chain: readonly { readonly month: Month; readonly parts: readonly BillPart[] }[];
  readonly terms: readonly TermsPoint[];
  readonly grants: readonly Grant[];
  readonly running: readonly Running[];
};

/** Further than this nobody looks: two months and a week, in hours. */
const horizonHours = 24 * 68;

/**
 * The first hour from `fromHour` on (hours since the epoch) of which something is owed; undefined where that is not foreseen.
 * What is reported counts, and what runs is taken to run on, through `nowHour` and after it.
 */
export function owingHour(outlook: Outlook, of: { fromHour: number; nowHour: number }): number | undefined {
  const before = owedThrough(outlook, of.fromHour - 1);
  const isOwing = (hour: number) => owedThrough(outlook, hour) > before;
  const lastHour = outlook.running.length === 0 ? of.nowHour : of.nowHour + horizonHours;
  if (of.fromHour > lastHour) return undefined;
  let reach = Math.max(of.nowHour, of.fromHour);
  for (let step = 1; !isOwing(reach); step *= 2) {
    if (reach >= lastHour) return undefined;
    reach = Math.min(reach + step, lastHour);
  }
  return firstOf(of.fromHour, reach, isOwing);
}

/**
 * The first minute of an hour (minutes since the epoch, not before `fromMinute`) that is not covered whole; undefined where all of
 * them are. `reported`: the list amounts of the hour's sixty minutes.
 */
export function owingMinute(
  outlook: Outlook,
  of: { readonly hour: number; readonly fromMinute: number; readonly reported: readonly Nanos[] },
): number | undefined {
  const first = of.hour * 60;
  const from = Math.max(of.fromMinute, first);
  const amounts = of.reported.map((amount, at) => nanos(amount + runningIn(outlook.running, first + at)));
  const owedIn = (minutes: number) =>
    owedThrough(outlook, of.hour, sumNanos(amounts.slice(0, Math.max(0, minutes - first))));
  const before = owedIn(from);
  const isOwing = (minute: number) => owedIn(minute + 1) > before;
  const last = first + 59;
  return from <= last && isOwing(last) ? firstOf(from, last, isOwing) : undefined;
}

/** What runs comes to in the minutes from one up to another, at list prices. */
export function runningBetween(
  running: readonly Running[],
  { fromMinute, toMinute }: { readonly fromMinute: number; readonly toMinute: number },
): Nanos {
  let sum = 0n;
  for (const each of running) {
    for (let at = Math.max(fromMinute, each.fromMinute); at < toMinute; ) {
      const hour = Math.floor(at / 60);
      const until = Math.min(toMinute, (hour + 1) * 60);
      sum += BigInt(until - at) * priceIn(each.prices, hour);
      at = until;
    }
  }
  return nanos(sum);
}

/** What is left of the grants after all that is reported, and what runs up to a minute. */
export function leftBefore(outlook: Outlook, minute: number): readonly Grant[] {
  const chain = withRunning(outlook, Math.floor((minute - 1) / 60), minute);
  return billChain(chain, outlook).reduce<readonly Grant[]>(remainingAfter, outlook.grants);
}

function runningIn(running: readonly Running[], minute: number): Nanos {
  return runningBetween(running, { fromMinute: minute, toMinute: minute + 1 });
}

function priceIn(prices: readonly MinutePrice[], hour: number): bigint {
  return (prices.findLast(({ fromHour }) => fromHour <= hour) ?? prices[0])?.listNanos ?? zeroNanos;
}

// What is owed after everything used through an hour, of which `lastNanos` where only a part of it counts.
function owedThrough(outlook: Outlook, hour: number, lastNanos?: Nanos): Nanos {
  const chain = withRunning(outlook, hour).map(({ month, parts }) => ({
    month,
    parts: parts.map((part) => ({ ...part, hours: through(part, hour, lastNanos) })),
  }));
  return sumNanos(billChain(chain, outlook).map((bill) => bill.amountDueNanos));
}

function through({ hours, late }: BillPart, last: number, lastNanos: Nanos | undefined): BillPart['hours'] {
  return hours.flatMap((each) => {
    if (each.hour < last) return [each];
    if (each.hour > last) return [];
    return [lastNanos === undefined || late ? each : { ...each, listNanos: lastNanos }];
  });
}

// The months through an hour, each own part with what runs in it. A running month that was closed early is not there any more,
// and what runs in it counts as a month of its own.
function withRunning({ chain, running }: Outlook, last: number, toMinute = (last + 1) * 60): Outlook['chain'] {
  if (running.length === 0) return chain;
  const firstHour = Math.floor(Math.min(...running.map(({ fromMinute }) => fromMinute)) / 60);
  const lastMonth = monthOf(hourStartMs(last));
  const extended = [...chain];
  for (let month = monthOf(hourStartMs(firstHour)); month <= lastMonth; month = nextMonth(month)) {
    if (extended.some((link) => link.month === month)) continue;
    extended.push({ month, parts: [{ month, late: false, listBefore: zeroNanos, hours: [] }] });
  }
  return extended.map((link) => ({
    ...link,
    parts: link.parts.map((part) => (part.late ? part : withHours(part, running, { firstHour, last, toMinute }))),
  }));
}

function withHours(
  part: BillPart,
  running: readonly Running[],
  { firstHour, last, toMinute }: { readonly firstHour: number; readonly last: number; readonly toMinute: number },
): BillPart {
  const month = monthHours(part.month);
  const from = Math.max(month.from, firstHour);
  const to = Math.min(month.to, last + 1);
  if (from >= to) return part;
  const kept = part.hours.filter(({ hour }) => hour < from);
  const later = new Map(part.hours.filter(({ hour }) => hour >= from).map((each) => [each.hour, each.listNanos]));
  for (let hour = from; hour < to; hour++) {
    const until = Math.min((hour + 1) * 60, toMinute);
    const runs = runningBetween(running, { fromMinute: hour * 60, toMinute: until });
    if (runs > 0n) later.set(hour, nanos((later.get(hour) ?? 0n) + runs));
  }
  const hours = [...later]
    .map(([hour, listNanos]) => ({ hour, listNanos }))
    .sort((one, other) => one.hour - other.hour);
  return { ...part, hours: [...kept, ...hours] };
}

// The first of [from, to] for which it holds, by halves: once it holds it goes on holding, and it holds for `to`.
function firstOf(from: number, to: number, holds: (at: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
