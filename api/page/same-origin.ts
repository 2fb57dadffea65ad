// Whether a request that would change something comes from a page of ours: browsers say so in headers that no page can set.
import type { FastifyRequest } from 'fastify';
import { MinutebookError } from '../../domain/errors';

/**
 * Throws `forbidden` unless the browser says that a page of ours sent it: by Sec-Fetch-Site, or by Origin where it is too
 * old for that. A form of another site cannot say either, nor one of a sister domain.
 */
export function assertSameOrigin({ headers }: FastifyRequest, publicUrl: string | null): void {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const ours = publicUrl === null ? undefined : new URL(publicUrl).origin;
  const isOurs = origin === undefined ? site === 'same-origin' : origin === ours;
  if (isOurs && (site === undefined || site === 'same-origin')) return;
  const detail = 'expected a request of the billing page itself (Sec-Fetch-Site: same-origin, and its own Origin)';
  throw new MinutebookError({ code: 'forbidden', detail });
}

/** Throws `unsupported_media_type` unless JSON is sent: no form can. */
export function assertJson({ headers }: FastifyRequest): void {
  if (/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) return;
  const detail = 'expected a Content-Type of application/json, also where there is nothing to say (a body {})';
  throw new MinutebookError({ code: 'unsupported_media_type', detail });
}
