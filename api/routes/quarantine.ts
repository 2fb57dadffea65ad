// What lies in quarantine, and why.
import type { FastifyInstance } from 'fastify';
import type { Answer } from '../../contract/operations';
import { countsAPage, type Quarantined, QuarantineQuery } from '../../contract/quarantine';
import { listQuarantine, type QuarantineCount } from '../../db/intake/quarantine-reading';
import { formatInstant } from '../../domain/period';
import { operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';

const schema = describe({
  id: 'listQuarantine',
  tag: 'Usage',
  summary: 'List what lies in quarantine, by workspace, instance type and what it lacks',
});

export function quarantineRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/quarantine',
    { config: { access: { roles: operators, of: 'nobody' } }, schema },
    async (request): Promise<Answer<'listQuarantine'>> => {
      const { cursor, limit = countsAPage } = readQuery(request, QuarantineQuery);
      const [workspace, instanceType, reason] = cursor ?? ['', '', ''];
      const counts = await listQuarantine(api.db, { after: { workspace, instanceType, reason }, limit: limit + 1 });
      return pageOf(counts, limit, {
        show: quarantineShape,
        cursor: (last) => [last.workspace, last.instanceType, last.reason],
      });
    },
  );
}

function quarantineShape(count: QuarantineCount): Quarantined {
  const { workspace, instanceType, reason, reports, fromMs, toMs } = count;
  return { workspace, instanceType, reason, reports, from: formatInstant(fromMs), to: formatInstant(toMs) };
}
