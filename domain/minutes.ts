// A minute is a bit: the minutes of one hour are a 60-bit mask, bit m for minute m.
import { minuteMs } from './period';

/** All sixty minutes. */
export const FULL_HOUR = (1n << 60n) - 1n;

/** `hours` hours from `hour` (hours since the epoch) on, each with the mask; more than one only for full hours. */
export type Piece = { readonly hour: number; readonly hours: number; readonly mask: bigint };

// below[m]: the minutes before minute m. Shifting bigints anew for every report costs five times as much.
const below = Array.from({ length: 61 }, (_, minute) => (1n << BigInt(minute)) - 1n);

/**
 * The minutes that an interval (epoch milliseconds, half-open) touches, as at most three pieces: the rest of the first
 * hour, a run of full hours, the beginning of the last. Throws unless `fromMs` is before `toMs`.
 */
export function piecesOf(fromMs: number, toMs: number): Piece[] {
  if (!(fromMs < toMs)) throw new RangeError(`expected from before to, came ${fromMs} and ${toMs}`);
  const first = Math.floor(fromMs / minuteMs);
  const end = Math.ceil(toMs / minuteMs);
  const firstHour = Math.floor(first / 60);
  const endHour = Math.floor(end / 60);
  const firstMinute = first - firstHour * 60;
  const endMinute = end - endHour * 60;
  if (firstHour === endHour) return [{ hour: firstHour, hours: 1, mask: minutesFrom(firstMinute, endMinute) }];

  const pieces: Piece[] = [];
  const fullFrom = firstMinute === 0 ? firstHour : firstHour + 1;
  if (firstMinute > 0) pieces.push({ hour: firstHour, hours: 1, mask: minutesFrom(firstMinute, 60) });
  if (endHour > fullFrom) pieces.push({ hour: fullFrom, hours: endHour - fullFrom, mask: FULL_HOUR });
  if (endMinute > 0) pieces.push({ hour: endHour, hours: 1, mask: minutesFrom(0, endMinute) });
  return pieces;
}

function minutesFrom(first: number, end: number): bigint {
  return (below[end] ?? 0n) ^ (below[first] ?? 0n);
}

/** The pieces hour by hour: a run of full hours becomes an entry for each of them. */
export function expandPieces(pieces: readonly Piece[]): { hour: number; mask: bigint }[] {
  return pieces.flatMap(({ hour, hours, mask }) =>
    Array.from({ length: hours }, (_, later) => ({ hour: hour + later, mask })),
  );
}

/** How many minutes a mask holds, 0 to 60. */
export function popcount(mask: bigint): number {
  return bitsOf(Number(mask & 0x3fffffffn)) + bitsOf(Number((mask >> 30n) & 0x3fffffffn));
}

// Adds neighbouring bits, then pairs, then groups of four; the multiplication adds the four bytes up in the top one.
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The minutes of either. */
export function union(one: bigint, other: bigint): bigint {
  return one | other;
}

/** The minutes of one that are not in the other. */
export function without(one: bigint, other: bigint): bigint {
  return one & ~other;
}

/** The runs of minutes of a mask, half-open: from minute 0 to 60, ascending. */
export function runsOf(mask: bigint): readonly { readonly from: number; readonly to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let minute = 0; minute < 60; minute++) {
    if (((mask >> BigInt(minute)) & 1n) === 0n) continue;
    const last = runs.at(-1);
    if (last?.to === minute) last.to = minute + 1;
    else runs.push({ from: minute, to: minute + 1 });
  }
  return runs;
}
