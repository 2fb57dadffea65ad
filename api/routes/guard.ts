// The guard of a workspace: how it stands, and what operators say to it.
import type { FastifyInstance } from 'fastify';
import { endPastDuePause, pausePastDue } from '../../commands/pause-past-due';
import { liftSuspension, suspendWorkspace } from '../../commands/suspend-workspace';
import { readPastDuePauseEntry, readSuspensionEntry } from '../../contract/guard';
import type { Answer } from '../../contract/operations';
import { readWorkspace } from '../../db/accounts/workspaces';
import { readSnapshot } from '../../db/connection/snapshot';
import { readPastDuePause } from '../../db/guard/pauses';
import { readGuard, readWishes } from '../../db/guard/reading';
import { readStandingSuspensions } from '../../db/guard/suspensions';
import { adminsOnly, authorOf, callerOf, everyRole } from '../access';
import type { Api } from '../api';
import { guardShape, pauseShape, suspensionShape } from '../guard';
import { describe } from '../openapi';
import { workspaceOf } from '../parameters';

const guardSchema = describe({
  id: 'getGuard',
  tag: 'Guard',
  summary: 'Read how a workspace stands with its guard',
  description:
    'What is left and how fast it goes by the last judgement, what is suspended and what ends it, and which models.',
});

const suspendSchema = describe({
  id: 'suspendWorkspace',
  tag: 'Guard',
  summary: 'Suspend a workspace',
  description: `Its models are stopped, or with the scope deploys only new deployments refused, until that is lifted; the
customer is e-mailed the reason. The same again changes nothing; another one while it stands is refused (conflict).`,
});

const liftSchema = describe({
  id: 'liftSuspension',
  tag: 'Guard',
  summary: 'Lift the suspension of a workspace',
  description: 'What it stopped starts again, unless something else keeps it stopped.',
});

const pauseSchema = describe({
  id: 'pausePastDue',
  tag: 'Guard',
  summary: 'Pause what past due invoices stop of a workspace, until an instant',
  description: 'What they have stopped already starts again. Invoices go on being collected.',
});

const endPauseSchema = describe({
  id: 'endPastDuePause',
  tag: 'Guard',
  summary: 'End such a pause',
});

const wishesMax = 1000;

export function guardRoutes(app: FastifyInstance, api: Api): void {
  const ofAdmins = { config: { access: { roles: adminsOnly, of: 'path' } } } as const;

  app.get(
    '/v1/workspaces/:workspace/guard',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: guardSchema },
    async (request): Promise<Answer<'getGuard'>> => {
      const workspace = workspaceOf(request);
      const [, guard, suspensions, wishes, pause] = await readSnapshot(api.db, (trx) =>
        Promise.all([
          readWorkspace(trx, workspace),
          readGuard(trx, workspace),
          readStandingSuspensions(trx, workspace),
          readWishes(trx, { workspace, limit: wishesMax }),
          readPastDuePause(trx, workspace),
        ]),
      );
      const shown = { workspace, guard, suspensions, wishes, pause };
      return guardShape(shown, { isOperator: callerOf(request).role !== 'workspace' });
    },
  );

  app.post(
    '/v1/workspaces/:workspace/suspension',
    { ...ofAdmins, schema: suspendSchema },
    async (request, reply): Promise<Answer<'suspendWorkspace'>> => {
      const wanted = { workspace: workspaceOf(request), ...readSuspensionEntry(request.body) };
      const author = await authorOf(request, api);
      const { suspension, isNew } = await api.db.transaction((trx) => suspendWorkspace(trx, { ...wanted, author }));
      reply.code(isNew ? 201 : 200);
      return suspensionShape(suspension);
    },
  );

  app.delete(
    '/v1/workspaces/:workspace/suspension',
    { ...ofAdmins, schema: liftSchema },
    async (request): Promise<Answer<'liftSuspension'>> => {
      const of = { workspace: workspaceOf(request), author: await authorOf(request, api) };
      return { lifted: await api.db.transaction((trx) => liftSuspension(trx, of)) };
    },
  );

  app.put(
    '/v1/workspaces/:workspace/past-due-pause',
    { ...ofAdmins, schema: pauseSchema },
    async (request): Promise<Answer<'pausePastDue'>> => {
      const workspace = workspaceOf(request);
      const author = await authorOf(request, api);
      const pause = readPastDuePauseEntry(request.body, author);
      await api.db.transaction((trx) => pausePastDue(trx, { workspace, pause, author }));
      return pauseShape(pause);
    },
  );

  app.delete(
    '/v1/workspaces/:workspace/past-due-pause',
    { ...ofAdmins, schema: endPauseSchema },
    async (request): Promise<Answer<'endPastDuePause'>> => {
      const of = { workspace: workspaceOf(request), author: await authorOf(request, api) };
      return { removed: await api.db.transaction((trx) => endPastDuePause(trx, of)) };
    },
  );
}
