// How long a body may take to arrive. Node's own limit is one for all requests, and usage may come in a body without end.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answerBrokenRequest } from './problems';

const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();

/** Gives up on bodies that are not there in time, whoever is to read them. To be called before others judge requests. */
export function limitArrival(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    done();
    if (!bringsBody(request)) return;
    const { raw } = request;
    const giveUp = () => {
      if (raw.complete || raw.readableEnded || raw.destroyed) return;
      // What was answered already cannot be answered again.
      if (reply.raw.headersSent) raw.destroy();
      else answerBrokenRequest({ name: '', message: '', code: 'ERR_HTTP_REQUEST_TIMEOUT' }, raw.socket);
    };
    timers.set(request, setTimeout(giveUp, timeoutMs).unref());
    raw.once('close', () => clearTimeout(timers.get(request)));
  });
}

/** For whoever reads a body as it arrives, and is patient in another way. */
export function takeArrival(request: FastifyRequest): void {
  clearTimeout(timers.get(request));
}

function bringsBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
