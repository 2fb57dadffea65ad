// What lies in quarantine, and why; replayed and dropped by hand.
import type { FastifyInstance } from 'fastify';
import { dropQuarantined } from '../../commands/drop-quarantined';
import type { Answer } from '../../contract/operations';
import {
  countsAPage,
  type Quarantined,
  QuarantineQuery,
  readQuarantineDrop,
  readQuarantineReplay,
} from '../../contract/quarantine';
import { readWorkspace } from '../../db/accounts/workspaces';
import { listQuarantine, type QuarantineCount } from '../../db/intake/quarantine-reading';
import { formatInstant } from '../../domain/period';
import { adminsOnly, authorOf, operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';
import type { Replay } from '../replaying';

const listSchema = describe({
  id: 'listQuarantine',
  tag: 'Usage',
  summary: 'List what lies in quarantine, by workspace, instance type and what it lacks',
});

const replaySchema = describe({
  id: 'replayQuarantine',
  tag: 'Usage',
  summary: 'Replay what lies in quarantine and lacks nothing any more',
  description: `Usually not needed: whatever mends it replays it, and so does every round of metering. 202 where it goes on
after the answer, as there are many.`,
});

const dropSchema = describe({
  id: 'dropQuarantined',
  tag: 'Usage',
  summary: 'Drop what lies in quarantine',
  description: `It is billed by nobody then. What lacks nothing any more is not dropped. The audit log keeps how many reports
of which time, and why. Reported again, it lies there again.`,
});

export function quarantineRoutes(app: FastifyInstance, api: Api, replay: Replay): void {
  app.get(
    '/v1/quarantine',
    { config: { access: { roles: operators, of: 'nobody' } }, schema: listSchema },
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

  app.post(
    '/v1/quarantine/replay',
    { config: { access: { roles: operators, of: 'nobody' } }, schema: replaySchema },
    async (request, reply): Promise<Answer<'replayQuarantine'>> => {
      const { workspace } = readQuarantineReplay(request.body);
      if (workspace !== undefined) await readWorkspace(api.db, workspace);
      const replayed = await replay(workspace ?? null);
      if (replayed === undefined) reply.code(202);
      return replayed === undefined ? {} : { replayed };
    },
  );

  app.post(
    '/v1/quarantine/drop',
    { config: { access: { roles: adminsOnly, of: 'nobody' } }, schema: dropSchema },
    async (request): Promise<Answer<'dropQuarantined'>> => {
      const dropping = readQuarantineDrop(request.body);
      const author = await authorOf(request, api);
      return api.db.transaction((trx) => dropQuarantined(trx, dropping, author));
    },
  );
}

function quarantineShape(count: QuarantineCount): Quarantined {
  const { workspace, instanceType, reason, reports, fromMs, toMs } = count;
  return { workspace, instanceType, reason, reports, from: formatInstant(fromMs), to: formatInstant(toMs) };
}
