// Billing periods: where they stand, and closing one early.
import type { FastifyInstance } from 'fastify';
import { audit } from '../../db/audit';
import type { Trx } from '../../db/knex';
import { signalBillingPeriod } from '../../db/outbox';
import { listPeriods, readPeriod, type StoredPeriod } from '../../db/period-reading';
import { requestClose } from '../../db/periods';
import { readWorkspace } from '../../db/workspaces';
import { MinutebookError } from '../../domain/errors';
import { formatInstant, type Month } from '../../domain/period';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { monthOfPath, workspaceOf } from '../parameters';
import { list, object, ref } from '../schema';
import { inWorkspace, month } from '../schemas';

const listSchema = describe({
  id: 'listPeriods',
  tag: 'Periods',
  summary: 'List billing periods',
  params: inWorkspace,
  answers: { 200: object({ items: list(ref('Period')) }) },
});

const closeSchema = describe({
  id: 'closePeriod',
  tag: 'Periods',
  summary: 'Close a period early',
  description: `The period closes with what is metered by then, after the periods before it. Usage that is reported of it
afterwards is late usage, on the next invoice. Answers 200 where it is closed already.`,
  params: object({ workspace: inWorkspace.properties.workspace, month }),
  answers: { 200: ref('Period'), 202: ref('Period') },
});

export function periodRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/periods',
    { config: { access: everyRole }, schema: listSchema },
    async (request) => {
      const { id } = await readWorkspace(api.db, workspaceOf(request));
      return { items: (await listPeriods(api.db, id)).map(periodShape) };
    },
  );

  app.post(
    '/v1/workspaces/:workspace/periods/:month/close',
    { config: { access: adminsOnly }, schema: closeSchema },
    async (request, reply) => {
      const [workspace, month] = [workspaceOf(request), monthOfPath(request)];
      const author = await authorOf(request, api);
      await readWorkspace(api.db, workspace);
      const { period, isNew } = await api.db.transaction(async (trx) => {
        const before = await readBegun(trx, { workspace, month, nowMs: author.nowMs });
        if (before.closedAtMs !== null) return { period: before, isNew: false };
        await requestClose(trx, { workspace, month, nowMs: author.nowMs });
        await signalBillingPeriod(trx, { workspace, month, signal: 'closeRequested' });
        await audit(trx, author, { action: 'period.close', workspace, before: null, after: { month } });
        return { period: (await readPeriod(trx, { workspace, month })) ?? before, isNew: true };
      });
      return reply.code(isNew ? 202 : 200).send(periodShape(period));
    },
  );
}

async function readBegun(
  trx: Trx,
  { workspace, month, nowMs }: { workspace: string; month: Month; nowMs: number },
): Promise<StoredPeriod> {
  const period = await readPeriod(trx, { workspace, month });
  if (period === undefined) {
    const detail = `workspace ${workspace} has no billing period ${month}; GET /v1/workspaces/${workspace}/periods lists them`;
    throw new MinutebookError({ code: 'not_found', detail });
  }
  if (period.startsAtMs > nowMs) {
    throw new MinutebookError({ code: 'conflict', detail: `${month} has not begun yet: it cannot be closed` });
  }
  return period;
}

function periodShape(period: StoredPeriod) {
  const { closeRequestedAtMs, closedAtMs, closedBecause, invoiceId } = period;
  return {
    period: period.month,
    status: period.status,
    startsAt: formatInstant(period.startsAtMs),
    endsAt: formatInstant(period.endsAtMs),
    openedAt: formatInstant(period.openedAtMs),
    ...(closeRequestedAtMs === null ? {} : { closeRequestedAt: formatInstant(closeRequestedAtMs) }),
    ...(closedAtMs === null ? {} : { closedAt: formatInstant(closedAtMs) }),
    ...(closedBecause === null ? {} : { closedBecause }),
    ...(invoiceId === null ? {} : { invoice: invoiceId }),
  };
}
