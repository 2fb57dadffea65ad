// What lies in quarantine, and why.
import type { FastifyInstance } from 'fastify';
import { listQuarantine, type QuarantineCount } from '../../db/intake/quarantine-reading';
import { formatInstant } from '../../domain/period';
import { operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readPage, readQuery } from '../parameters';
import { object, ref, text } from '../schema';
import { page } from '../schemas';

const schema = describe({
  id: 'listQuarantine',
  tag: 'Usage',
  summary: 'List what lies in quarantine, by workspace, instance type and what it lacks',
  query: object({}, { cursor: text(), limit: text('at most 500; 100 where left out') }),
  answers: { 200: page(ref('Quarantined')) },
});

export function quarantineRoutes(app: FastifyInstance, api: Api): void {
  app.get('/v1/quarantine', { config: { access: operators }, schema }, async (request) => {
    const { after, limit } = readQuery(request, ['cursor', 'limit'], (fields, complain) =>
      readPage(fields, complain, { cursor: ['id', 'name', 'word'], limit: 100, limitMax: 500 }),
    );
    const [workspace = '', instanceType = '', reason = ''] = after ?? [];
    const counts = await listQuarantine(api.db, { after: { workspace, instanceType, reason }, limit: limit + 1 });
    return pageOf(counts, limit, {
      show: quarantineShape,
      cursor: (last) => [last.workspace, last.instanceType, last.reason],
    });
  });
}

function quarantineShape({ workspace, instanceType, reason, reports, fromMs, toMs }: QuarantineCount) {
  return { workspace, instanceType, reason, reports, from: formatInstant(fromMs), to: formatInstant(toMs) };
}
