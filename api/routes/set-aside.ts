// Which workspaces are set aside from metering, and why.
import type { FastifyInstance } from 'fastify';
import { listSetAside, type SetAside } from '../../db/metering/set-aside-reading';
import { formatInstant } from '../../domain/period';
import { operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readPage, readQuery } from '../parameters';
import { object, ref, text } from '../schema';
import { page } from '../schemas';

const schema = describe({
  id: 'listSetAside',
  tag: 'Usage',
  summary: 'List the workspaces that are set aside from metering, with the error that each made',
  description: `They stop nobody else, are tried by themselves ever more seldom (hourly in the end), and leave the list once
that succeeds. No invoice is issued meanwhile.`,
  query: object({}, { cursor: text(), limit: text('at most 500; 100 where left out') }),
  answers: { 200: page(ref('SetAside')) },
});

export function setAsideRoutes(app: FastifyInstance, api: Api): void {
  app.get('/v1/set-aside', { config: { access: operators }, schema }, async (request) => {
    const { after, limit } = readQuery(request, ['cursor', 'limit'], (fields, complain) =>
      readPage(fields, complain, { parts: 2, limit: 100, limitMax: 500 }),
    );
    const [workspace = '', work = ''] = after ?? [];
    const rows = await listSetAside(api.db, { after: { workspace, work }, limit: limit + 1 });
    return pageOf(rows, limit, { show: setAsideShape, cursor: (last) => [last.workspace, last.work] });
  });
}

function setAsideShape({ workspace, work, error, firstAtMs, lastAtMs, attempts, nextAttemptAtMs }: SetAside) {
  const [firstAt, lastAt, nextAttemptAt] = [firstAtMs, lastAtMs, nextAttemptAtMs].map(formatInstant);
  return { workspace, work, error, firstAt, lastAt, attempts, nextAttemptAt };
}
