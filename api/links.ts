// Pages of lists lead to the next one in a header, too: whoever follows links need not know what a cursor is. All links are
// relative to the address as the caller has it, which may begin with a path that a proxy takes off.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../domain/errors';

/** Says `Link: <…>; rel="next"` beside the `next` of a page, whatever the list. */
export function linkPages(app: FastifyInstance): void {
  app.addHook('preSerialization', async ({ method, url }, reply, payload) => {
    const next = method === 'GET' || method === 'HEAD' ? nextOf(payload) : undefined;
    if (next === undefined) return payload;
    const [, query = ''] = url.split('?');
    const asked = new URLSearchParams(query);
    asked.set('cursor', next);
    reply.header('link', `<?${asked}>; rel="next"`);
    return payload;
  });
}

/** The header `Link` to the page that says what a problem means. */
export function linkToProblem({ url }: FastifyRequest, code: ErrorCode): string {
  const [path = ''] = url.split('?');
  const upwards = '../'.repeat(path.split('/').length - 2);
  return `<${upwards}problems/${code}>; rel="describedby"; type="text/html"`;
}

function nextOf(payload: unknown): string | undefined {
  const isPage = typeof payload === 'object' && payload !== null && 'next' in payload;
  return isPage && typeof payload.next === 'string' ? payload.next : undefined;
}
