// Counts answers: by the route's pattern, so that the number of series does not grow with workspaces.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

// From a look-up by key to the 18 s after which a statement is ended.
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** To be called before any other hook is added: what is refused early counts as well. */
export function countAnswers(app: FastifyInstance, registry: Registry): void {
  const registers = [registry];
  const requests = new Counter({
    name: 'minutebook_http_requests_total',
    help: 'Requests by method, route and status; "aborted" where the caller left before the answer',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'minutebook_http_request_duration_seconds',
    help: 'From the first header to the last byte of the answer, by method and route',
    labelNames: ['method', 'route'],
    buckets,
    registers,
  });
  const inFlight = new Gauge({
    name: 'minutebook_http_requests_in_flight',
    help: 'Requests that are being answered',
    registers,
  });
  app.addHook('onRequest', (request, reply, done) => {
    inFlight.inc();
    // Not onResponse, which never comes where the caller has left.
    reply.raw.once('close', () => {
      const where = { method: methodOf(request), route: request.routeOptions.url ?? 'none' };
      inFlight.dec();
      requests.inc({ ...where, status: statusOf(reply) });
      duration.observe(where, reply.elapsedTime / 1000);
    });
    done();
  });
}

// Where there is no route, whatever methods callers think of are one.
function methodOf(request: FastifyRequest): string {
  return request.routeOptions.url === undefined ? 'any' : request.method;
}

function statusOf(reply: FastifyReply): string {
  return reply.raw.writableEnded ? String(reply.statusCode) : 'aborted';
}
