// Billing periods: where they stand, and closing one early.
import type { FastifyInstance } from 'fastify';
import { closePeriodEarly } from '../../commands/close-period';
import type { Answer } from '../../contract/operations';
import type { Period } from '../../contract/periods';
import { readWorkspace } from '../../db/accounts/workspaces';
import { listPeriods, type StoredPeriod } from '../../db/billing/period-reading';
import { formatInstant } from '../../domain/period';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { monthOfPath, workspaceOf } from '../parameters';

const listSchema = describe({
  id: 'listPeriods',
  tag: 'Periods',
  summary: 'List billing periods',
});

const closeSchema = describe({
  id: 'closePeriod',
  tag: 'Periods',
  summary: 'Close a period early',
  description: `The period closes with what is metered by then, after the periods before it. Usage that is reported of it
afterwards is late usage, on the next invoice. Answers 200 where it is closed already.`,
});

export function periodRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/workspaces/:workspace/periods',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: listSchema },
    async (request): Promise<Answer<'listPeriods'>> => {
      const { id } = await readWorkspace(api.db, workspaceOf(request));
      return { items: (await listPeriods(api.db, id)).map(periodShape) };
    },
  );

  app.post(
    '/v1/workspaces/:workspace/periods/:month/close',
    { config: { access: { roles: adminsOnly, of: 'path' } }, schema: closeSchema },
    async (request, reply): Promise<Answer<'closePeriod'>> => {
      const [workspace, month] = [workspaceOf(request), monthOfPath(request)];
      const author = await authorOf(request, api);
      const { period, isNew } = await api.db.transaction((trx) => closePeriodEarly(trx, { workspace, month, author }));
      reply.code(isNew ? 202 : 200);
      return periodShape(period);
    },
  );
}

function periodShape(period: StoredPeriod): Period {
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
