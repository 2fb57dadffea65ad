// Usage in detail: a month day by day, a day hour by hour, and the replicas and minutes behind a line.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type DayOfUsage,
  PeriodQuery,
  type ReplicaHour,
  type UsageDay,
  type UsageReplicas,
  UsageReplicasQuery,
} from '../../contract/dashboard';
import type { Answer } from '../../contract/operations';
import { encodeCursor } from '../../contract/pages';
import { readWorkspace } from '../../db/accounts/workspaces';
import type { Trx } from '../../db/connection/knex';
import { readSnapshot } from '../../db/connection/snapshot';
import { type ModelDay, readModelDays } from '../../db/metering/days-reading';
import { readMeteredThrough } from '../../db/metering/marks';
import { readModelHours } from '../../db/metering/model-hours';
import { readReplicaHours, type ReplicaHour as StoredReplicaHour } from '../../db/metering/replica-hours';
import { popcount, runsOf } from '../../domain/minutes';
import { formatUsd, sumNanos } from '../../domain/money';
import { formatInstant, hourOf, hourStartMs, minuteMs, monthOf, monthStartMs, monthsFrom } from '../../domain/period';
import { phases } from '../../domain/usage';
import { everyRole } from '../access';
import type { Api } from '../api';
import { groupBy, phaseShape } from '../dashboard';
import { checkHourRange, checkLine, checkStartHour, hourRangeOf } from '../hour-range';
import { keptShape } from '../kept-usage';
import { describe } from '../openapi';
import { dayOfPath, readQuery, workspaceOf } from '../parameters';
import { instantOfHour, instantOrNull } from '../shapes';

const daysSchema = describe({
  id: 'getUsageDays',
  tag: 'Usage',
  summary: 'Usage of a period day by day and model by model',
});

const daySchema = describe({
  id: 'getUsageDay',
  tag: 'Usage',
  summary: 'Usage of a day hour by hour and model by model',
});

const replicasSchema = describe({
  id: 'getUsageReplicas',
  tag: 'Usage',
  summary: 'The replicas behind a line, hour by hour, with the minutes that each was in a phase',
  description: `At most 31 days; the last 24 hours where from and to are left out. The billable minutes of a line's replicas add
up to what the hourly series has of it.`,
});

export function usageDetailRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/usage/days',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: daysSchema },
    async (request): Promise<Answer<'getUsageDays'>> => {
      const workspace = workspaceOf(request);
      const nowMs = await api.clock();
      const { period: month = monthOf(nowMs) } = readQuery(request, PeriodQuery);
      return readSnapshot(api.db, async (trx) => {
        const [, metered, kept, days] = await Promise.all([
          readWorkspace(trx, workspace),
          readMeteredThrough(trx, { workspace, months: [month] }),
          keptShape(trx, { fromMs: monthStartMs(month), nowMs }),
          readModelDays(trx, { workspace, month }),
        ]);
        return { period: month, meteredThrough: instantOrNull(metered), ...kept, items: dayShapes(days) };
      });
    },
  );

  app.get(
    '/v1/workspaces/:workspace/usage/days/:day',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: daySchema },
    async (request): Promise<Answer<'getUsageDay'>> => {
      const asked = { workspace: workspaceOf(request), day: dayOfPath(request), nowMs: await api.clock() };
      return readSnapshot(api.db, (trx) => readDay(trx, asked));
    },
  );

  app.get(
    '/v1/workspaces/:workspace/usage/replicas',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: replicasSchema },
    async (request): Promise<Answer<'getUsageReplicas'>> => {
      const nowMs = await api.clock();
      const asked = { workspace: workspaceOf(request), nowMs, ...readAsked(request, nowMs) };
      return readSnapshot(api.db, (trx) => readReplicas(trx, asked));
    },
  );
}

function dayShapes(days: readonly ModelDay[]): readonly DayOfUsage[] {
  return groupBy(days, ({ day }) => day).map(([day, models]) => ({ day, ...modelsShape(models) }));
}

async function readDay(
  trx: Trx,
  { workspace, day, nowMs }: { readonly workspace: string; readonly day: string; readonly nowMs: number },
): Promise<UsageDay> {
  const fromHour = hourOf(Date.parse(`${day}T00:00:00Z`));
  const [, metered, kept, hours] = await Promise.all([
    readWorkspace(trx, workspace),
    readMeteredThrough(trx, { workspace, months: [day.slice(0, 7)] }),
    keptShape(trx, { fromMs: hourStartMs(fromHour), nowMs }),
    readModelHours(trx, { workspace, fromHour, toHour: fromHour + 24 }),
  ]);
  const items = groupBy(hours, ({ hour }) => instantOfHour(hour)).map(([hour, models]) => {
    return { hour, ...modelsShape(models) };
  });
  return { day, meteredThrough: instantOrNull(metered), ...kept, items };
}

function modelsShape(models: readonly Omit<ModelDay, 'day'>[]): Omit<DayOfUsage, 'day'> {
  return {
    replicaMinutes: models.reduce((sum, { replicaMinutes }) => sum + replicaMinutes, 0),
    listAmount: formatUsd(sumNanos(models.map(({ listNanos }) => listNanos))),
    models: models.map(({ model, activeMinutes, replicaMinutes, listNanos }) => {
      return { model, activeMinutes, replicaMinutes, listAmount: formatUsd(listNanos) };
    }),
  };
}

const replicasAPage = 500;

type Asked = ReturnType<typeof readAsked> & { readonly workspace: string; readonly nowMs: number };

function readAsked(request: FastifyRequest, nowMs: number) {
  const query = readQuery(request, UsageReplicasQuery, (found, at) => {
    const range = hourRangeOf(found, nowMs);
    checkHourRange(range, at());
    checkLine(found, at());
    if (found.cursor !== undefined) checkStartHour(Number(found.cursor[0]), range, at());
  });
  const { model, version, instanceType, cursor } = query;
  return {
    ...hourRangeOf(query, nowMs),
    line: { model, version, instanceType },
    after: cursor === undefined ? undefined : { hour: Number(cursor[0]), replicaId: BigInt(cursor[1]) },
  };
}

async function readReplicas(trx: Trx, asked: Asked): Promise<UsageReplicas> {
  const { workspace, fromHour, toHour, nowMs } = asked;
  const months = monthsFrom(monthOf(hourStartMs(fromHour)), monthOf(hourStartMs(toHour) - 1));
  const [, meteredThrough, kept, { items, next }] = await Promise.all([
    readWorkspace(trx, workspace),
    readMeteredThrough(trx, { workspace, months }),
    keptShape(trx, { fromMs: hourStartMs(fromHour), nowMs }),
    readReplicaHours(trx, { ...asked, limit: replicasAPage }),
  ]);
  return {
    from: instantOfHour(fromHour),
    to: instantOfHour(toHour),
    meteredThrough: instantOrNull(meteredThrough),
    ...kept,
    items: items.map(replicaShape),
    ...(next === undefined ? {} : { next: encodeCursor([next.hour, String(next.replicaId)]) }),
  };
}

function replicaShape({ hour, voided, billable, phases: masks, ...names }: StoredReplicaHour): ReplicaHour {
  const { version, instanceType, replica } = names;
  const startMs = hourStartMs(hour);
  const voidMinutes = popcount(voided);
  const instantAt = (minute: number) => formatInstant(startMs + minute * minuteMs);
  return {
    hour: instantOfHour(hour),
    version,
    instanceType,
    replica,
    billableMinutes: popcount(billable),
    ...(voidMinutes === 0 ? {} : { voidMinutes }),
    phases: phaseShape(masks.map(popcount)),
    ranges: phases.flatMap((phase, at) =>
      runsOf(masks[at] ?? 0n).map(({ from, to }) => ({ phase, from: instantAt(from), to: instantAt(to) })),
    ),
  };
}
