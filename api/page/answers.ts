// How the API's answers go to a browser: kept by nobody else, and for no page but ours.
import type { FastifyReply } from 'fastify';

const headers = {
  'cache-control': 'private, no-cache',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  vary: 'Cookie, Authorization',
} as const;

/** Says so of the answer to whoever asks, who is a browser. */
export function answerBrowser(reply: FastifyReply): void {
  reply.headers(headers);
}
