// What the bill of the running month will be if usage goes on as in the last week: the one calculation, over foreseen hours.

import { readWorkspace } from '../db/accounts/workspaces';
import type { Trx } from '../db/connection/knex';
import { readHourTotals } from '../db/metering/hour-totals';
import { readMeteredThrough } from '../db/metering/marks';
import { type Bill, billChain, type HourTotal } from '../domain/bill';
import { type Forecast, firstHourNeeded, forecastMonth } from '../domain/forecast';
import { hourNotBefore, hourOf, type Month, monthHours } from '../domain/period';
import { readUnissuedBills, type Unissued } from './unissued-bills';

export type ForecastBill = {
  readonly asOfHour: number;
  readonly basis: Forecast['basis'];
  readonly bills: { readonly low: Bill; readonly expected: Bill; readonly high: Bill };
};

/**
 * Of the month that runs at `nowMs`, with what late usage its invoice will hold. Undefined where it is closed already, or
 * there is not a whole day to look back on. Throws `not_found` where there is no such workspace.
 */
export async function forecastBill(
  trx: Trx,
  { workspace, month, nowMs }: { workspace: string; month: Month; nowMs: number },
): Promise<ForecastBill | undefined> {
  const [{ startsAtMs }, unissued, meteredThrough] = await Promise.all([
    readWorkspace(trx, workspace),
    readUnissuedBills(trx, { workspace, through: month }),
    readMeteredThrough(trx, { workspace, months: [month] }),
  ]);
  if (unissued?.bills.at(-1)?.month !== month) return undefined;
  const meteredMs = meteredThrough ?? nowMs;
  const asOfHour = hourOf(Math.min(meteredMs, nowMs));
  const range = { fromHour: firstHourNeeded(month, asOfHour), toHour: monthHours(month).to };
  const hours = await readHourTotals(trx, { workspace, ...range });
  const forecast = forecastMonth({ month, hours, asOfHour, firstHour: hourNotBefore(startsAtMs) });
  if (forecast === undefined) return undefined;
  const { low, expected, high, basis } = forecast;
  const billed = (own: readonly HourTotal[]) => billOf(unissued, own);
  return { asOfHour, basis, bills: { low: billed(low), expected: billed(expected), high: billed(high) } };
}

// The bills before it stay as they are: what they leave of the credits is what this one has.
function billOf({ account, bills }: Unissued, own: readonly HourTotal[]): Bill {
  const chain = bills.map(({ parts }, at) => ({
    parts: at === bills.length - 1 ? parts.map((part) => (part.late ? part : { ...part, hours: own })) : parts,
  }));
  const bill = billChain(chain, account).at(-1);
  if (bill === undefined) throw new Error('forecast: a chain of bills without one');
  return bill;
}
