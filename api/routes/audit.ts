// The audit log, for admins.
import type { FastifyInstance } from 'fastify';
import { type AuditEntry, AuditQuery, checkAuditSpan, entriesAPage } from '../../contract/audit';
import type { Answer } from '../../contract/operations';
import { listAudit, type AuditEntry as StoredEntry } from '../../db/accounts/audit-reading';
import { formatInstant } from '../../domain/period';
import { adminsOnly } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';

const schema = describe({
  id: 'listAudit',
  tag: 'Audit',
  summary: 'List who changed what, the newest first',
  description: 'What is asked for narrows it together: of one workspace, one action, one actor, within a time.',
});

export function auditRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/audit',
    { config: { access: { roles: adminsOnly, of: 'nobody', noReaders: true } }, schema },
    async (request): Promise<Answer<'listAudit'>> => {
      const asked = readQuery(request, AuditQuery, (found, at) => checkAuditSpan(found, at()));
      const { workspace, action, actor, from, to, cursor, limit = entriesAPage } = asked;
      const before = cursor && { atMs: Number(cursor[0]), id: cursor[1] };
      const narrowed = { workspace, action, actor, fromMs: from, toMs: to, before };
      return pageOf(await listAudit(api.db, { ...narrowed, limit: limit + 1 }), limit, {
        show: entryShape,
        cursor: ({ atMs, id }) => [String(atMs), String(id)],
      });
    },
  );
}

function entryShape({ id, atMs, actor, action, workspace, before, after }: StoredEntry): AuditEntry {
  const about = workspace === null ? {} : { workspace };
  return { id: Number(id), at: formatInstant(atMs), actor, action, ...about, before, after };
}
