// The range of hours that a query asks for.
import type { Complain } from '../domain/body';
import { hourNotBefore } from '../domain/period';
import { instantOfHour } from './shapes';

/** Half-open, in hours since the epoch. */
export type HourRange = { readonly fromHour: number; readonly toHour: number };

const hoursMax = 31 * 24;

type Asked = { readonly from?: number | undefined; readonly to?: number | undefined };

/** The last 24 hours where nothing is said, and never beyond the running hour unless it is asked for. */
export function hourRangeOf({ from, to }: Asked, nowMs: number): HourRange {
  const now = hourNotBefore(nowMs);
  const toHour = to ?? (from === undefined ? now : Math.min(from + hoursMax, now));
  return { fromHour: from ?? toHour - 24, toHour };
}

export function checkHourRange({ fromHour, toHour }: HourRange, complain: Complain): void {
  const range = `came ${instantOfHour(fromHour)} to ${instantOfHour(toHour)}`;
  if (fromHour >= toHour) complain('to', `expected an hour after from, ${range}`);
  if (toHour - fromHour > hoursMax) complain('to', `expected at most 31 days, ${range}; ask for less at a time`);
}

/** Where a page begins has to lie within the range. */
export function checkStartHour(hour: number, { fromHour, toHour }: HourRange, complain: Complain): void {
  if (hour >= fromHour && hour < toHour) return;
  const range = `${instantOfHour(fromHour)} to ${instantOfHour(toHour)}`;
  complain('cursor', `expected the "next" of the page before, with the same from and to; came one outside of ${range}`);
}

/** A version or an instance type is of a model. */
export function checkLine(
  line: {
    readonly model?: string | undefined;
    readonly version?: string | undefined;
    readonly instanceType?: string | undefined;
  },
  complain: Complain,
): void {
  if (line.model !== undefined || (line.version === undefined && line.instanceType === undefined)) return;
  complain('model', 'expected the model of the version or instance type, came nothing');
}
