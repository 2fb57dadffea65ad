// Usage as it is shown: the dashboard of a month, and the hourly series.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type HourOfUsage, PeriodQuery, type UsageHours, UsageHoursQuery } from '../../contract/dashboard';
import type { Answer } from '../../contract/operations';
import { encodeCursor } from '../../contract/pages';
import { readWorkspace } from '../../db/accounts/workspaces';
import type { Trx } from '../../db/connection/knex';
import { readSnapshot } from '../../db/connection/snapshot';
import { readMeteredThrough } from '../../db/metering/marks';
import { type LineFilter, readUsageHours, type UsageOfHour } from '../../db/metering/series';
import { formatUsd, formatUsdShort, sumNanos } from '../../domain/money';
import { formatInstant, hourStartMs, monthOf, monthStartMs, monthsFrom } from '../../domain/period';
import { everyRole } from '../access';
import type { Api } from '../api';
import { phaseShape, readDashboard } from '../dashboard';
import { checkHourRange, checkLine, checkStartHour, type HourRange, hourRangeOf } from '../hour-range';
import { keptShape } from '../kept-usage';
import { describe } from '../openapi';
import { readQuery, workspaceOf } from '../parameters';
import { instantOfHour } from '../shapes';

const dashboardSchema = describe({
  id: 'getUsage',
  tag: 'Usage',
  summary: 'The dashboard of a period',
  description: `Every minute of the period by model, version and instance type, complete until meteredThrough. The bill is
that of the period's invoice; before there is one, what the invoice would say now.`,
});

const hoursSchema = describe({
  id: 'getUsageHours',
  tag: 'Usage',
  summary: 'Usage hour by hour',
  description: `At most 31 days; the last 24 hours where from and to are left out. Hours without usage are left out. With a
model, and with a version or instance type of it, only that line, and the hours' sums are of that alone.`,
});

export function usageReadingRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/usage',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: dashboardSchema },
    async (request): Promise<Answer<'getUsage'>> => {
      const workspace = workspaceOf(request);
      const nowMs = await api.clock();
      const { period: month = monthOf(nowMs) } = readQuery(request, PeriodQuery);
      return readSnapshot(api.db, async (trx) => {
        const [read, kept] = await Promise.all([
          readDashboard(trx, { workspace, month }),
          keptShape(trx, { fromMs: monthStartMs(month), nowMs }),
        ]);
        return { ...read, ...kept };
      });
    },
  );

  app.get(
    '/v1/workspaces/:workspace/usage/hours',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: hoursSchema },
    async (request): Promise<Answer<'getUsageHours'>> => {
      const workspace = workspaceOf(request);
      const nowMs = await api.clock();
      const range = readRange(request, nowMs);
      return readSnapshot(api.db, async (trx) => {
        const [read, kept] = await Promise.all([
          readHours(trx, { workspace, ...range }),
          keptShape(trx, { fromMs: hourStartMs(range.fromHour), nowMs }),
        ]);
        return { ...read, ...kept };
      });
    },
  );
}

// About 5 MB of JSON.
const rowsAPage = 20_000;

type Asked = HourRange & { readonly startHour: number; readonly line: LineFilter | undefined };

function readRange(request: FastifyRequest, nowMs: number): Asked {
  const query = readQuery(request, UsageHoursQuery, (found, at) => {
    const range = hourRangeOf(found, nowMs);
    checkHourRange(range, at());
    checkLine(found, at());
    if (found.cursor !== undefined) checkStartHour(Number(found.cursor[0]), range, at());
  });
  const range = hourRangeOf(query, nowMs);
  const { model, version, instanceType } = query;
  return {
    ...range,
    startHour: query.cursor === undefined ? range.fromHour : Number(query.cursor[0]),
    line: model === undefined ? undefined : { model, version, instanceType },
  };
}

async function readHours(trx: Trx, asked: Asked & { readonly workspace: string }): Promise<UsageHours> {
  const { workspace, fromHour, toHour, startHour, line } = asked;
  const months = monthsFrom(monthOf(hourStartMs(fromHour)), monthOf(hourStartMs(toHour) - 1));
  const [, meteredThrough, { usage, nextHour }] = await Promise.all([
    readWorkspace(trx, workspace),
    readMeteredThrough(trx, { workspace, months }),
    readUsageHours(trx, { workspace, fromHour: startHour, toHour, rows: rowsAPage, line }),
  ]);
  return {
    from: instantOfHour(fromHour),
    to: instantOfHour(toHour),
    meteredThrough: meteredThrough === null ? null : formatInstant(meteredThrough),
    items: byHour(usage).map(hourShape),
    ...(nextHour === undefined ? {} : { next: encodeCursor([nextHour]) }),
  };
}

function byHour(usage: readonly UsageOfHour[]): readonly (readonly UsageOfHour[])[] {
  const hours = new Map<number, UsageOfHour[]>();
  for (const row of usage) {
    const rows = hours.get(row.hour);
    if (rows === undefined) hours.set(row.hour, [row]);
    else rows.push(row);
  }
  return [...hours.values()];
}

function hourShape(rows: readonly UsageOfHour[]): HourOfUsage {
  return {
    hour: instantOfHour(rows[0]?.hour ?? 0),
    replicaMinutes: rows.reduce((sum, row) => sum + row.replicaMinutes, 0),
    listAmount: formatUsd(sumNanos(rows.map((row) => row.listNanos))),
    models: rows.map((row) => ({
      model: row.model,
      version: row.version,
      instanceType: row.instanceType,
      replicaMinutes: row.replicaMinutes,
      activeMinutes: row.activeMinutes,
      usdPerMinute: formatUsdShort(row.priceNanos),
      listAmount: formatUsd(row.listNanos),
      phases: phaseShape(row.phases),
    })),
  };
}
