// What the running month will come to.
import type { FastifyInstance } from 'fastify';
import { type ForecastBill, forecastBill } from '../../commands/forecast-bill';
import { PeriodQuery } from '../../contract/dashboard';
import type { Answer } from '../../contract/operations';
import { readSnapshot } from '../../db/connection/snapshot';
import type { BillAmounts } from '../../domain/bill';
import { MinutebookError } from '../../domain/errors';
import { basisWords, type ForecastBasis } from '../../domain/forecast';
import { formatUsd } from '../../domain/money';
import { monthOf } from '../../domain/period';
import { everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { readQuery, workspaceOf } from '../parameters';
import { instantOfHour } from '../shapes';

const getSchema = describe({
  id: 'getForecast',
  tag: 'Usage',
  summary: 'What the bill of the running period will be, and between what bounds',
  description: `If usage goes on as in the last seven days, which stand beside it; billed by the same calculation as the invoice.
Answers 404 for other periods, and until there is a whole day to look back on.`,
});

export function forecastRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/forecast',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: getSchema },
    async (request): Promise<Answer<'getForecast'>> => {
      const workspace = workspaceOf(request);
      const nowMs = await api.clock();
      const month = monthOf(nowMs);
      const { period = month } = readQuery(request, PeriodQuery);
      const found = await readSnapshot(api.db, (trx) => forecastBill(trx, { workspace, month, nowMs }));
      if (found === undefined || period !== month) throw noForecast(workspace, period);
      const { basis, bills, asOfHour } = found;
      return {
        period: month,
        asOf: instantOfHour(asOfHour),
        listAmount: rangeOf(bills, 'listNanos'),
        amountDue: rangeOf(bills, 'amountDueNanos'),
        basis: basisWords(basis),
        made: madeShape(basis),
      };
    },
  );
}

function rangeOf({ low, expected, high }: ForecastBill['bills'], amount: keyof BillAmounts) {
  return { low: formatUsd(low[amount]), expected: formatUsd(expected[amount]), high: formatUsd(high[amount]) };
}

function madeShape({ days, extremeDays, hoursAhead, ...amounts }: ForecastBasis) {
  return {
    days,
    extremeDays,
    meanDay: formatUsd(amounts.meanDayNanos),
    quietDay: formatUsd(amounts.quietDayNanos),
    busyDay: formatUsd(amounts.busyDayNanos),
    toDate: formatUsd(amounts.toDateNanos),
    hoursAhead,
  };
}

function noForecast(workspace: string, period: string): MinutebookError {
  const detail = `there is no forecast of ${period} for workspace ${workspace}: only of the running period, once there was a whole day`;
  return new MinutebookError({ code: 'not_found', detail });
}
