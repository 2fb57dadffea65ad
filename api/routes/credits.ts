// Credits: given, drawn and left.
import type { FastifyInstance } from 'fastify';
import { endGrant } from '../../commands/end-grant';
import { giveGrant } from '../../commands/give-grant';
import { CreditsQuery, readGrantEnd, readGrantEntry } from '../../contract/credits';
import type { Answer } from '../../contract/operations';
import { readSnapshot } from '../../db/connection/snapshot';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { pageOfCredits, readCredits } from '../credits';
import { describe } from '../openapi';
import { keyOfPath, readQuery, workspaceOf } from '../parameters';
import { grantShape } from '../shapes';

const postSchema = describe({
  id: 'addGrant',
  tag: 'Credits',
  summary: 'Give credits',
  description: `Once under its key: the same content again changes nothing, other content is refused (grant_key_conflict).
It pays the hours from validFrom (taken down to the hour) to before validUntil (taken up to it), late ones too.`,
});

const endSchema = describe({
  id: 'endGrant',
  tag: 'Credits',
  summary: 'End a grant early',
  description: `It pays no hour from \`from\` on (taken up to the hour; left out: now). Hours that issued invoices have drawn it
for are kept: an end before them is refused (conflict) with the earliest there is. Ending it again changes nothing.`,
});

const getSchema = describe({
  id: 'getCredits',
  tag: 'Credits',
  summary: 'Read credits: what was given, drawn and is left',
  description: 'Grants and draws each in their order, so many of each on a page; the sums are of all.',
});

export function creditRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/workspaces/:workspace/grants',
    { config: { access: { roles: adminsOnly, of: 'path' } }, schema: postSchema },
    async (request, reply): Promise<Answer<'addGrant'>> => {
      const workspace = workspaceOf(request);
      const grant = readGrantEntry(request.body);
      const author = await authorOf(request, api);
      const { grant: given, isNew } = await api.db.transaction((trx) => giveGrant(trx, { workspace, grant, author }));
      reply.code(isNew ? 201 : 200);
      return grantShape(given);
    },
  );

  app.post(
    '/v1/workspaces/:workspace/grants/:key/end',
    { config: { access: { roles: adminsOnly, of: 'path' } }, schema: endSchema },
    async (request): Promise<Answer<'endGrant'>> => {
      const [workspace, key] = [workspaceOf(request), keyOfPath(request)];
      const fromMs = readGrantEnd(request.body);
      const author = await authorOf(request, api);
      return grantShape(await api.db.transaction((trx) => endGrant(trx, { workspace, key, fromMs, author })));
    },
  );

  app.get(
    '/v1/workspaces/:workspace/credits',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: getSchema },
    async (request): Promise<Answer<'getCredits'>> => {
      const workspace = workspaceOf(request);
      const page = pageOfCredits(readQuery(request, CreditsQuery));
      const nowMs = await api.clock();
      return readSnapshot(api.db, (trx) => readCredits(trx, { workspace, nowMs, page }));
    },
  );
}
