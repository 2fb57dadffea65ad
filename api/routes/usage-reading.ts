// Usage as it is shown: the dashboard of a month, and the hourly series.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readWorkspace } from '../../db/accounts/workspaces';
import type { Trx } from '../../db/connection/knex';
import { readSnapshot } from '../../db/connection/snapshot';
import { readMeteredThrough } from '../../db/metering/marks';
import { readUsageHours, type UsageOfHour } from '../../db/metering/series';
import { type Complain, isAbsent, readHour } from '../../domain/body';
import { formatUsd, formatUsdShort, sumNanos } from '../../domain/money';
import { formatInstant, hourNotBefore, hourStartMs, monthOf, monthsFrom } from '../../domain/period';
import { everyRole } from '../access';
import type { Api } from '../api';
import { phaseShape, readDashboard } from '../dashboard';
import { describe } from '../openapi';
import { encodeCursor, readMonth, readPage, readQuery, workspaceOf } from '../parameters';
import { object, ref, text } from '../schema';
import { inWorkspace, month, onTheHour } from '../schemas';
import { instantOfHour } from '../shapes';

const dashboardSchema = describe({
  id: 'getUsage',
  tag: 'Usage',
  summary: 'The dashboard of a period',
  description: `Every minute of the period by model, version and instance type, complete until meteredThrough. The bill is
that of the period's invoice; before there is one, what the invoice would say now.`,
  params: inWorkspace,
  query: object({}, { period: { ...month, description: 'left out: the running month' } }),
  answers: { 200: ref('Dashboard') },
});

const hoursSchema = describe({
  id: 'getUsageHours',
  tag: 'Usage',
  summary: 'Usage hour by hour',
  description: 'At most 31 days; the last 24 hours where from and to are left out. Hours without usage are left out.',
  params: inWorkspace,
  query: object({}, { from: onTheHour, to: onTheHour, cursor: text() }),
  answers: { 200: ref('UsageHours') },
});

export function usageReadingRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/usage',
    { config: { access: everyRole }, schema: dashboardSchema },
    async (request) => {
      const workspace = workspaceOf(request);
      const asked = readQuery(request, ['period'], (fields, complain) => readMonth(fields.period, 'period', complain));
      const month = asked ?? monthOf(await api.clock());
      return readSnapshot(api.db, (trx) => readDashboard(trx, { workspace, month }));
    },
  );

  app.get(
    '/v1/workspaces/:workspace/usage/hours',
    { config: { access: everyRole }, schema: hoursSchema },
    async (request) => {
      const workspace = workspaceOf(request);
      const range = readRange(request, await api.clock());
      return readSnapshot(api.db, (trx) => readHours(trx, { workspace, ...range }));
    },
  );
}

const hoursMax = 31 * 24;
// About 5 MB of JSON.
const rowsAPage = 20_000;

type Range = { readonly fromHour: number; readonly toHour: number; readonly startHour: number };

function readRange(request: FastifyRequest, nowMs: number): Range {
  return readQuery(request, ['from', 'to', 'cursor'], (fields, complain) => {
    const to = isAbsent(fields.to) ? undefined : readHour(fields.to, 'to', complain);
    const from = isAbsent(fields.from) ? undefined : readHour(fields.from, 'from', complain);
    const toHour = to ?? (from === undefined ? hourNotBefore(nowMs) : Math.min(from + hoursMax, hourNotBefore(nowMs)));
    const fromHour = from ?? toHour - 24;
    checkRange({ fromHour, toHour }, complain);
    const { after } = readPage({ cursor: fields.cursor }, complain, { cursor: ['whole'], limit: 1, limitMax: 1 });
    return {
      fromHour,
      toHour,
      startHour: after === undefined ? fromHour : startOf(after[0], { fromHour, toHour }, complain),
    };
  });
}

function checkRange({ fromHour, toHour }: Omit<Range, 'startHour'>, complain: Complain): void {
  const range = `came ${instantOfHour(fromHour)} to ${instantOfHour(toHour)}`;
  if (fromHour >= toHour) complain('to', `expected an hour after from, ${range}`);
  if (toHour - fromHour > hoursMax) complain('to', `expected at most 31 days, ${range}; ask for less at a time`);
}

function startOf(part: string | undefined, { fromHour, toHour }: Omit<Range, 'startHour'>, complain: Complain): number {
  const hour = Number(part);
  if (!(Number.isInteger(hour) && hour >= fromHour && hour < toHour)) {
    const range = `${instantOfHour(fromHour)} to ${instantOfHour(toHour)}`;
    complain(
      'cursor',
      `expected the "next" of the page before, with the same from and to; came one outside of ${range}`,
    );
  }
  return hour;
}

async function readHours(trx: Trx, { workspace, fromHour, toHour, startHour }: Range & { readonly workspace: string }) {
  await readWorkspace(trx, workspace);
  const months = monthsFrom(monthOf(hourStartMs(fromHour)), monthOf(hourStartMs(toHour) - 1));
  const meteredThrough = await readMeteredThrough(trx, { workspace, months });
  const { usage, nextHour } = await readUsageHours(trx, { workspace, fromHour: startHour, toHour, rows: rowsAPage });
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

function hourShape(rows: readonly UsageOfHour[]) {
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
