// A workspace's terms.
import type { FastifyInstance } from 'fastify';
import { changeTerms } from '../../commands/change-terms';
import type { Answer } from '../../contract/operations';
import { readTermsEntry, TermsQuery, termsAPage } from '../../contract/terms';
import { listTerms } from '../../db/accounts/terms';
import { readWorkspace } from '../../db/accounts/workspaces';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery, workspaceOf } from '../parameters';
import { instantOfHour, termsShape } from '../shapes';

const putSchema = describe({
  id: 'putTerms',
  tag: 'Terms',
  summary: 'Set terms from an hour on',
  description: `They replace all terms from that hour until the next change. Terms that would alter an hour of a closed
period are refused (invoiced_hours).`,
});

const getSchema = describe({
  id: 'listTerms',
  tag: 'Terms',
  summary: 'List the terms of a workspace',
  description: 'Ascending. Before the first there are no discounts, and all phases but idle are billable.',
});

export function termsRoutes(app: FastifyInstance, api: Api): void {
  app.put(
    '/v1/workspaces/:workspace/terms',
    { config: { access: { roles: adminsOnly, of: 'path' } }, schema: putSchema },
    async (request): Promise<Answer<'putTerms'>> => {
      const workspace = workspaceOf(request);
      const point = readTermsEntry(request.body);
      const author = await authorOf(request, api);
      await api.db.transaction((trx) => changeTerms(trx, { workspace, point, author }));
      return termsShape(point);
    },
  );

  app.get(
    '/v1/workspaces/:workspace/terms',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: getSchema },
    async (request): Promise<Answer<'listTerms'>> => {
      const { id } = await readWorkspace(api.db, workspaceOf(request));
      const { cursor: [after] = [null], limit = termsAPage } = readQuery(request, TermsQuery);
      const points = await listTerms(api.db, id, { after, limit: limit + 1 });
      const withNext = points.map((point, at) => ({ point, next: points[at + 1] }));
      return pageOf(withNext, limit, {
        show: ({ point, next }) => termsShape(point, next),
        cursor: ({ point }) => [instantOfHour(point.fromHour)],
      });
    },
  );
}
