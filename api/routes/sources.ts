// Who reports usage, and up to when each says that it has reported everything.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type ListedSource, listSources } from '../../db/intake/sources-reading';
import { operators } from '../access';
import type { Api } from '../api';
import { describe } from '../openapi';
import { pageOf, readPage, readQuery } from '../parameters';
import { object, ref, text } from '../schema';
import { page } from '../schemas';
import { instantOrNull } from '../shapes';

const schema = describe({
  id: 'listSources',
  tag: 'Usage',
  summary: 'List the sources of usage with their marks, in the order of their first batches',
  query: object({}, { cursor: text(), limit: text('at most 500; 100 where left out') }),
  answers: { 200: page(ref('Source')) },
});

export function sourceRoutes(app: FastifyInstance, api: Api): void {
  app.get('/v1/sources', { config: { access: operators }, schema }, async (request) => {
    const { after, limit } = readListing(request);
    const sources = await listSources(api.db, { after, limit: limit + 1 });
    return pageOf(sources, limit, { show: sourceShape, cursor: (last) => [last.id] });
  });
}

function readListing(request: FastifyRequest): { readonly after: number; readonly limit: number } {
  return readQuery(request, ['cursor', 'limit'], (fields, complain) => {
    const { after, limit } = readPage(fields, complain, { parts: 1, limit: 100, limitMax: 500 });
    const id = after?.[0] ?? '0';
    if (!/^\d{1,10}$/.test(id)) complain('cursor', 'expected the "next" of the page before');
    return { after: Number(id), limit };
  });
}

function sourceShape({ source, completeThroughMs, meteredThroughMs }: ListedSource) {
  return { source, completeThrough: instantOrNull(completeThroughMs), meteredThrough: instantOrNull(meteredThroughMs) };
}
