// Who reports usage, and up to when each says that it has reported everything.
import type { FastifyInstance } from 'fastify';
import type { Answer } from '../../contract/operations';
import { type Source, SourcesQuery, sourcesAPage } from '../../contract/sources';
import { type ListedSource, listSources } from '../../db/intake/sources-reading';
import { operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readQuery } from '../parameters';
import { instantOrNull } from '../shapes';

const schema = describe({
  id: 'listSources',
  tag: 'Usage',
  summary: 'List the sources of usage with their marks, in the order of their first batches',
});

export function sourceRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/v1/sources',
    { config: { access: { roles: operators, of: 'nobody' } }, schema },
    async (request): Promise<Answer<'listSources'>> => {
      const { cursor, limit = sourcesAPage } = readQuery(request, SourcesQuery);
      const sources = await listSources(api.db, { after: Number(cursor?.[0] ?? 0), limit: limit + 1 });
      return pageOf(sources, limit, { show: sourceShape, cursor: (last) => [last.id] });
    },
  );
}

function sourceShape({ source, completeThroughMs, meteredThroughMs }: ListedSource): Source {
  return { source, completeThrough: instantOrNull(completeThroughMs), meteredThrough: instantOrNull(meteredThroughMs) };
}
