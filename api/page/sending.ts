// The page's files on their way to a browser: packed, with how long they may be kept and what they may load.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageFile } from './files';

// Nothing but the page's own files is loaded, no script or style stands in the page itself, and nobody frames it.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Sends a file as well packed as the browser takes it. `referrer`: to whom the page's address is told by what it asks for; where
 * that is its key, to nobody.
 */
export function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: PageFile,
  referrer: 'same-origin' | 'no-referrer' = 'same-origin',
): FastifyReply {
  const isPage = file.type.startsWith('text/html');
  reply.headers({
    'content-type': file.type,
    'content-security-policy': isPage ? policy : "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'referrer-policy': referrer,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': cachingOf(file, isPage),
    vary: 'Accept-Encoding',
    ...(isPage ? { 'cross-origin-opener-policy': 'same-origin', 'x-robots-tag': 'noindex, nofollow' } : {}),
  });
  const accepted = String(request.headers['accept-encoding'] ?? '');
  if (file.br !== undefined && /\bbr\b/.test(accepted)) return reply.header('content-encoding', 'br').send(file.br);
  if (file.gzip !== undefined && /\bgzip\b/.test(accepted)) {
    return reply.header('content-encoding', 'gzip').send(file.gzip);
  }
  return reply.send(file.plain);
}

// The page itself is of a visit, which may be over when it is asked for again.
function cachingOf({ isHashed }: PageFile, isPage: boolean): string {
  if (isPage) return 'no-store';
  return isHashed ? 'public, max-age=31536000, immutable' : 'public, max-age=3600';
}
