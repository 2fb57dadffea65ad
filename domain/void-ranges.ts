// What a correction voids: ranges of time of a model, or of one of its versions, instance types or replicas.
import type { Complain } from './body';
import type { RefundAs } from './correction';
import {
  formatInstant,
  hourNotBefore,
  hourOf,
  type Month,
  minuteMs,
  monthOf,
  monthsFrom,
  parseInstant,
} from './period';
import { aheadMsMax } from './usage';

/** A range as it is stored: instants as they were said, taken to the minutes that they touch. */
export type VoidRange = {
  readonly model: string;
  readonly version?: string;
  readonly instanceType?: string;
  readonly replica?: string;
  /** RFC 3339; taken down to the minute. */
  readonly from: string;
  /** RFC 3339; taken up to the minute. */
  readonly to: string;
};

export type CorrectionEntry = {
  readonly key: string;
  readonly reason: string;
  readonly as: RefundAs;
  readonly ranges: readonly VoidRange[];
};

/** A grant's key is made of that of the correction that it is given for. */
export const creditsKeyLengthMax = 100;

/** The minutes that a range touches, as a usage report does: first floor(from), last ceil(to) - 1. */
export function wholeMinutes(range: { readonly fromMs: number; readonly toMs: number }): {
  readonly from: string;
  readonly to: string;
} {
  return {
    from: formatInstant(Math.floor(range.fromMs / minuteMs) * minuteMs),
    to: formatInstant(Math.ceil(range.toMs / minuteMs) * minuteMs),
  };
}

/** The hours from the first to the last that the ranges touch, and the months of those. */
export function spanOf(ranges: readonly VoidRange[]): {
  readonly fromHour: number;
  readonly toHour: number;
  readonly months: readonly Month[];
} {
  const fromMs = Math.min(...ranges.map(({ from }) => parseInstant(from) ?? Number.NaN));
  const toMs = Math.max(...ranges.map(({ to }) => parseInstant(to) ?? Number.NaN));
  return {
    fromHour: hourOf(fromMs),
    toHour: hourNotBefore(toMs),
    months: monthsFrom(monthOf(fromMs), monthOf(toMs - 1)),
  };
}

/** Complains of a range that lies before its workspace began, or reaches beyond now: nothing was used there. */
export function checkLife(
  { to }: Pick<VoidRange, 'to'>,
  { startsAtMs, nowMs }: { readonly startsAtMs: number; readonly nowMs: number },
  complain: Complain,
): void {
  const toMs = parseInstant(to) ?? Number.NaN;
  if (toMs <= startsAtMs) {
    complain('to', `expected an instant after the workspace began (${formatInstant(startsAtMs)}), came ${to}`);
  }
  if (toMs > nowMs + aheadMsMax) {
    complain(
      'to',
      `expected at most 5 minutes after now (${formatInstant(nowMs)}), as what was not used yet cannot be wrong; came ${to}`,
    );
  }
}
