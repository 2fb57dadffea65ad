// The hours of one line, by day.

import type { Answer } from '../../contract/operations';
import { formatUsd, sumNanos } from '../../domain/money';
import type { Line } from '../data/questions';
import { nanosOf } from '../shown/format';

export type LineHour = {
  readonly hour: string;
  readonly replicaMinutes: number;
  readonly usdPerMinute: string;
  readonly listAmount: string;
};
export type LineDay = { readonly day: string; readonly hours: readonly LineHour[] };

/** The newest day first, its hours as they went by. */
export function daysOfLine({ items }: Answer<'getUsageHours'>, line: Line): readonly LineDay[] {
  const days = new Map<string, LineHour[]>();
  for (const { hour, models } of items) {
    for (const each of models) {
      if (each.model !== line.model || each.version !== line.version || each.instanceType !== line.instanceType)
        continue;
      const { replicaMinutes, usdPerMinute, listAmount } = each;
      const day = hour.slice(0, 10);
      days.set(day, [...(days.get(day) ?? []), { hour, replicaMinutes, usdPerMinute, listAmount }]);
    }
  }
  return [...days].map(([day, hours]) => ({ day, hours })).reverse();
}

export function sumOf(hours: readonly LineHour[]): { readonly replicaMinutes: number; readonly listAmount: string } {
  return {
    replicaMinutes: hours.reduce((sum, hour) => sum + hour.replicaMinutes, 0),
    listAmount: formatUsd(sumNanos(hours.map((hour) => nanosOf(hour.listAmount)))),
  };
}
