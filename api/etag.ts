// Entity tags: what a caller has already.
import type { FastifyRequest } from 'fastify';

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
