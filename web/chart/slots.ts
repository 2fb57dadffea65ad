// Answers of the API as slots of a chart.

import type { Answer } from '../../contract/operations';
import { nanos } from '../../domain/money';
import { nanosOf } from '../shown/format';
import type { Slot } from './series';

export function slotsOfDays({ items }: Answer<'getUsageDays'>): readonly Slot[] {
  return items.map(({ day, models }) => ({
    at: day,
    costs: new Map(models.map(({ model, listAmount }) => [model, nanosOf(listAmount)])),
  }));
}

/** A model has a row for each version and instance type in an hour. */
export function slotsOfHours({ items }: Answer<'getUsageHours'>): readonly Slot[] {
  return items.map(({ hour, models }) => {
    const costs = new Map<string, bigint>();
    for (const { model, listAmount } of models) costs.set(model, (costs.get(model) ?? 0n) + nanosOf(listAmount));
    return { at: hour, costs: new Map([...costs].map(([model, cost]) => [model, nanos(cost)])) };
  });
}
