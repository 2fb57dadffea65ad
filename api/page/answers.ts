// How the API's answers go to a browser: kept by nobody else, known again by their content, and for no page but ours.
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isKnown } from '../etag';

const headers = {
  'cache-control': 'private, no-cache',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  vary: 'Cookie, Authorization',
} as const;

const toBrowsers = new WeakSet<FastifyReply>();

/** Notes that whoever asks is a browser. */
export function answerBrowser(reply: FastifyReply): void {
  toBrowsers.add(reply);
  reply.headers(headers);
}

/** Answers what a browser has already with 304: the page asks again and again, and seldom is there anything new. */
export function tagAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const isTagged =
      toBrowsers.has(reply) && request.method === 'GET' && reply.statusCode === 200 && typeof payload === 'string';
    if (!isTagged || reply.hasHeader('etag')) return payload;
    const tag = `W/"${createHash('sha256').update(payload).digest('base64url').slice(0, 22)}"`;
    reply.header('etag', tag);
    if (!isKnown(request.headers['if-none-match'], tag)) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return '';
  });
}
