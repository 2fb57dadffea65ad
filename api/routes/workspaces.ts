// Workspaces: the customer accounts.
import type { FastifyInstance } from 'fastify';
import { changeBillingOf } from '../../commands/change-billing';
import { putWorkspace } from '../../commands/put-workspace';
import { readBillingEntry } from '../../contract/billing';
import type { Answer } from '../../contract/operations';
import { readWorkspaceEntry, WorkspacesQuery, workspacesAPage } from '../../contract/workspaces';
import { listWorkspaces, readWorkspace } from '../../db/accounts/workspaces';
import { type AddressProblem, readAddressProblems } from '../../db/mail/reading';
import { formatInstant } from '../../domain/period';
import { authorOf, everyRole, operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery, workspaceOf } from '../parameters';
import type { Replay } from '../replaying';
import { workspaceShape } from '../shapes';

const putSchema = describe({
  id: 'putWorkspace',
  tag: 'Workspaces',
  summary: 'Create or change a workspace',
  description: `Creating gives the free credits and opens the billing periods since startsAt, which may lie in the past:
back-filled usage is then billed month by month. Left out, startsAt is now, taken down to the hour; it never changes. Of
billing, what is left out is kept and null clears it, so that a nightly sync does not wipe what the customer wrote.`,
});

const billingSchema = describe({
  id: 'changeBilling',
  tag: 'Workspaces',
  summary: 'Change what a workspace wants on its invoices',
  description: `The customer's own part: also for the workspace's own key. What is left out is kept, null clears it. Invoices
that are issued keep what they had.`,
});

const getSchema = describe({
  id: 'getWorkspace',
  tag: 'Workspaces',
  summary: 'Read a workspace',
});

const listSchema = describe({
  id: 'listWorkspaces',
  tag: 'Workspaces',
  summary: 'List workspaces by id',
});

export function workspaceRoutes(app: FastifyInstance, api: Api, replay: Replay): void {
  app.put(
    '/v1/workspaces/:workspace',
    { config: { access: { roles: operators, of: 'path' } }, schema: putSchema },
    async (request, reply): Promise<Answer<'putWorkspace'>> => {
      const id = workspaceOf(request);
      const author = await authorOf(request, api);
      const entry = readWorkspaceEntry(request.body, author);
      const put = await api.db.transaction((trx) => putWorkspace(trx, { id, entry, author, opening: api.settings }));
      if (put.created) await replay(id);
      reply.code(put.created ? 201 : 200);
      return workspaceShape(put.workspace);
    },
  );

  app.get(
    '/v1/workspaces/:workspace',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: getSchema },
    async (request): Promise<Answer<'getWorkspace'>> => {
      const workspace = await readWorkspace(api.db, workspaceOf(request));
      const problems = await readAddressProblems(api.db, workspace.id);
      const emailProblems = problems.map(problemShape);
      return { ...workspaceShape(workspace), ...(problems.length === 0 ? {} : { emailProblems }) };
    },
  );

  app.patch(
    '/v1/workspaces/:workspace/billing',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: billingSchema },
    async (request): Promise<Answer<'changeBilling'>> => {
      const workspace = workspaceOf(request);
      const change = readBillingEntry(request.body);
      const author = await authorOf(request, api);
      return workspaceShape(await api.db.transaction((trx) => changeBillingOf(trx, { workspace, change, author })));
    },
  );

  app.get(
    '/v1/workspaces',
    { config: { access: { roles: operators, of: 'nobody' } }, schema: listSchema },
    async (request): Promise<Answer<'listWorkspaces'>> => {
      const { cursor, limit = workspacesAPage } = readQuery(request, WorkspacesQuery);
      const workspaces = await listWorkspaces(api.db, { after: cursor?.[0] ?? '', limit: limit + 1 });
      return pageOf(workspaces, limit, { show: workspaceShape, cursor: ({ id }) => [id] });
    },
  );
}

function problemShape({ address, state, code, error, changedAtMs }: AddressProblem) {
  const said = { ...(code === null ? {} : { code }), ...(error === null ? {} : { error }) };
  return { address, state, ...said, since: formatInstant(changedAtMs) };
}
