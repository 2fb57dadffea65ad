// Entity tags: what a caller has already.
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A tag for content: a weak one, as what is said the same way may be written another. */
export function tagOf(content: string): string {
  return `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}

/** Says by what a copy is known, and that it is to be asked for again before it is used. Answers whether the caller has it. */
export function tagged(request: FastifyRequest, reply: FastifyReply, tag: string): boolean {
  reply.header('etag', tag).header('cache-control', 'private, no-cache');
  return isKnown(request.headers['if-none-match'], tag);
}

/**
 * Tags what is read of somebody's data by its content, and answers 304 to whoever has it already: pages and dashboards ask again
 * and again, and seldom is there anything new. What is tagged by its handler, or comes as a stream, stays as it is.
 */
export function tagAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { access } = request.routeOptions.config;
    const isReading = request.method === 'GET' && access !== undefined && access !== 'open';
    if (!isReading || reply.statusCode !== 200 || typeof payload !== 'string' || reply.hasHeader('etag'))
      return payload;
    if (!tagged(request, reply, tagOf(payload))) return payload;
    reply.code(304);
    for (const ofContent of ['content-type', 'content-length', 'content-disposition']) reply.removeHeader(ofContent);
    return '';
  });
}

/** Whether the header If-None-Match names this tag: compared weakly (RFC 9110, 13.1.2). */
export function isKnown(header: string | undefined, tag: string): boolean {
  return header !== undefined && (header.trim() === '*' || tagsIn(header).includes(opaque(tag)));
}

/** The one tag that the caller has, without its quotes; null where he names none, or several. */
export function knownTag(request: FastifyRequest): string | null {
  const [tag, ...more] = tagsIn(request.headers['if-none-match'] ?? '');
  return more.length === 0 ? (/^"([^"]{1,100})"$/.exec(tag ?? '')?.[1] ?? null) : null;
}

function tagsIn(header: string): readonly string[] {
  return header.split(',').map(opaque);
}

function opaque(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
