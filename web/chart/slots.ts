// Answers of the API as slots of a chart.

import type { Answer } from '../../contract/operations';
import { nanosOf } from '../shown/format';
import type { Slot } from './series';

export function slotsOfDays({ items }: Answer<'getUsageDays'>): readonly Slot[] {
  return items.map(({ day, models }) => ({ at: day, costs: costsOf(models) }));
}

export function slotsOfHours({ items }: Answer<'getUsageDay'>): readonly Slot[] {
  return items.map(({ hour, models }) => ({ at: hour, costs: costsOf(models) }));
}

function costsOf(models: readonly { readonly model: string; readonly listAmount: string }[]): Slot['costs'] {
  return new Map(models.map(({ model, listAmount }) => [model, nanosOf(listAmount)]));
}
