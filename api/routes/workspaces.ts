// Workspaces: the customer accounts.
import type { FastifyInstance } from 'fastify';
import { putWorkspace } from '../../commands/put-workspace';
import { listWorkspaces, readWorkspace } from '../../db/accounts/workspaces';
import { parseWorkspace } from '../../domain/workspace';
import { authorOf, everyRole, operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readPage, readQuery, workspaceOf } from '../parameters';
import type { Replay } from '../replaying';
import { object, ref, text } from '../schema';
import { inWorkspace, page } from '../schemas';
import { workspaceShape } from '../shapes';

const putSchema = describe({
  id: 'putWorkspace',
  tag: 'Workspaces',
  summary: 'Create or rename a workspace',
  description: `Creating gives the free credits and opens the billing periods since startsAt, which may lie in the past:
back-filled usage is then billed month by month. Left out, startsAt is now, taken down to the hour; it never changes.`,
  params: inWorkspace,
  body: ref('WorkspaceEntry'),
  answers: { 200: ref('Workspace'), 201: ref('Workspace') },
});

const getSchema = describe({
  id: 'getWorkspace',
  tag: 'Workspaces',
  summary: 'Read a workspace',
  params: inWorkspace,
  answers: { 200: ref('Workspace') },
});

const listSchema = describe({
  id: 'listWorkspaces',
  tag: 'Workspaces',
  summary: 'List workspaces by id',
  query: object({}, { cursor: text(), limit: text('at most 500; 100 where left out') }),
  answers: { 200: page(ref('Workspace')) },
});

export function workspaceRoutes(app: FastifyInstance, api: Api, replay: Replay): void {
  app.put('/v1/workspaces/:workspace', { config: { access: operators }, schema: putSchema }, async (request, reply) => {
    const id = workspaceOf(request);
    const author = await authorOf(request, api);
    const entry = parseWorkspace(request.body, author);
    const put = await api.db.transaction((trx) => putWorkspace(trx, { id, entry, author, opening: api.settings }));
    if (put.created) await replay(id);
    return reply.code(put.created ? 201 : 200).send(workspaceShape(put.workspace));
  });

  app.get('/v1/workspaces/:workspace', { config: { access: everyRole }, schema: getSchema }, async (request) =>
    workspaceShape(await readWorkspace(api.db, workspaceOf(request))),
  );

  app.get('/v1/workspaces', { config: { access: operators }, schema: listSchema }, async (request) => {
    const { after, limit } = readQuery(request, ['cursor', 'limit'], (fields, complain) =>
      readPage(fields, complain, { cursor: ['id'], limit: 100, limitMax: 500 }),
    );
    const workspaces = await listWorkspaces(api.db, { after: after?.[0] ?? '', limit: limit + 1 });
    return pageOf(workspaces, limit, { show: workspaceShape, cursor: ({ id }) => [id] });
  });
}
