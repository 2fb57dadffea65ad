// A workspace's terms.
import type { FastifyInstance } from 'fastify';
import { changeTerms } from '../../commands/change-terms';
import { listTerms } from '../../db/accounts/terms';
import { readWorkspace } from '../../db/accounts/workspaces';
import { parseTerms } from '../../domain/terms';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { workspaceOf } from '../parameters';
import { list, object, ref } from '../schema';
import { inWorkspace } from '../schemas';
import { termsShape } from '../shapes';

const putSchema = describe({
  id: 'putTerms',
  tag: 'Terms',
  summary: 'Set terms from an hour on',
  description: `They replace all terms from that hour until the next change. Terms that would alter an hour of a closed
period are refused (invoiced_hours).`,
  params: inWorkspace,
  body: ref('TermsEntry'),
  answers: { 200: ref('Terms') },
});

const getSchema = describe({
  id: 'listTerms',
  tag: 'Terms',
  summary: 'List the terms of a workspace',
  description: 'Ascending. Before the first there are no discounts, and all phases but idle are billable.',
  params: inWorkspace,
  answers: { 200: object({ items: list(ref('Terms')) }) },
});

export function termsRoutes(app: FastifyInstance, api: Api): void {
  app.put('/v1/workspaces/:workspace/terms', { config: { access: adminsOnly }, schema: putSchema }, async (request) => {
    const workspace = workspaceOf(request);
    const point = parseTerms(request.body);
    const author = await authorOf(request, api);
    await api.db.transaction((trx) => changeTerms(trx, { workspace, point, author }));
    return termsShape(point);
  });

  app.get('/v1/workspaces/:workspace/terms', { config: { access: everyRole }, schema: getSchema }, async (request) => {
    const { id } = await readWorkspace(api.db, workspaceOf(request));
    const points = await listTerms(api.db, id);
    return { items: points.map((point, at) => termsShape(point, points[at + 1])) };
  });
}
