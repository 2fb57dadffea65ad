// Billing periods: where they stand, and closing one early.
import type { FastifyInstance } from 'fastify';
import { closePeriodEarly } from '../../commands/close-period';
import type { Answer } from '../../contract/operations';
import { type Period, PeriodsQuery, periodsAPage } from '../../contract/periods';
import { readWorkspace } from '../../db/accounts/workspaces';
import { listPeriods, type StoredPeriod } from '../../db/billing/period-reading';
import { readUnclosed, type UnclosedPeriod } from '../../db/billing/unclosed';
import { readSnapshot } from '../../db/connection/snapshot';
import { decideClosing } from '../../domain/closing';
import { formatInstant } from '../../domain/period';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { monthOfPath, pageOf, readQuery, workspaceOf } from '../parameters';
import { instantOrNull } from '../shapes';

const listSchema = describe({
  id: 'listPeriods',
  tag: 'Periods',
  summary: 'List billing periods',
  description: 'One past its end that is not closed says what it waits for, by the rule that closes it.',
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
      const nowMs = await api.clock();
      const workspace = workspaceOf(request);
      const { cursor: [after] = [''], limit = periodsAPage } = readQuery(request, PeriodsQuery);
      const [periods, unclosed] = await readSnapshot(api.db, (trx) =>
        Promise.all([
          listPeriods(trx, { workspace, after, limit: limit + 1 }),
          readUnclosed(trx, workspace),
          readWorkspace(trx, workspace),
        ]),
      );
      const timing = { nowMs, deadlineMs: api.settings.deadlineMs };
      const show = (period: StoredPeriod): Period => ({
        ...periodShape(period),
        ...waitingShape(period, { unclosed: unclosed.get(period.month), ...timing }),
      });
      return pageOf(periods, limit, { show, cursor: ({ month }) => [month] });
    },
  );

  app.post(
    '/v1/workspaces/:workspace/periods/:month/close',
    { config: { access: { roles: adminsOnly, of: 'path' } }, schema: closeSchema },
    async (request, reply): Promise<Answer<'closePeriod'>> => {
      const [workspace, month] = [workspaceOf(request), monthOfPath(request)];
      const author = await authorOf(request, api);
      const asked = { workspace, month, author };
      const { period, isToCome } = await api.db.transaction((trx) => closePeriodEarly(trx, asked));
      reply.code(isToCome ? 202 : 200);
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

type Unclosed = { readonly unclosed: UnclosedPeriod | undefined; readonly nowMs: number; readonly deadlineMs: number };

// Before its end a month waits for nobody, unless it is to be closed early. One that could be closed now does not wait
// either: it is about to be.
function waitingShape(
  { status, endsAtMs }: StoredPeriod,
  { unclosed, ...timing }: Unclosed,
): Pick<Period, 'waitingFor'> {
  if (unclosed === undefined || (status === 'open' && timing.nowMs < endsAtMs)) return {};
  const decision = decideClosing(unclosed, timing);
  if (decision.kind === 'close' || decision.for === 'end') return {};
  const until = formatInstant(decision.untilMs);
  if (decision.for === 'earlier_period') return { waitingFor: { what: decision.for, until } };
  const sources = unclosed.awaitedSources.map(({ source, completeThroughMs }) => ({
    source,
    completeThrough: instantOrNull(completeThroughMs),
  }));
  return { waitingFor: { what: decision.for, sources, until } };
}
