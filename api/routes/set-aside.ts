// Which workspaces are set aside from metering, and why.
import type { FastifyInstance } from 'fastify';
import { SetAsideQuery, type SetAside as Shown, setAsideAPage } from '../../contract/metering';
import type { Answer } from '../../contract/operations';
import { listSetAside, type SetAside } from '../../db/metering/set-aside-reading';
import { formatInstant } from '../../domain/period';
import { operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';

const schema = describe({
  id: 'listSetAside',
  tag: 'Usage',
  summary: 'List the workspaces that are set aside from metering, with the error that each made',
  description: `They stop nobody else, are tried by themselves ever more seldom (hourly in the end), and leave the list once
that succeeds. No invoice is issued meanwhile.`,
});

export function setAsideRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/set-aside',
    { config: { access: { roles: operators, of: 'nobody' } }, schema },
    async (request): Promise<Answer<'listSetAside'>> => {
      const { cursor, limit = setAsideAPage } = readQuery(request, SetAsideQuery);
      const [workspace, work] = cursor ?? ['', ''];
      const rows = await listSetAside(api.db, { after: { workspace, work }, limit: limit + 1 });
      return pageOf(rows, limit, { show: setAsideShape, cursor: (last) => [last.workspace, last.work] });
    },
  );
}

function setAsideShape({ workspace, work, error, attempts, ...at }: SetAside): Shown {
  return {
    workspace,
    work,
    error,
    firstAt: formatInstant(at.firstAtMs),
    lastAt: formatInstant(at.lastAtMs),
    attempts,
    nextAttemptAt: formatInstant(at.nextAttemptAtMs),
  };
}
