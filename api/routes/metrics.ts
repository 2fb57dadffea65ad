// What Prometheus reads. Open without a key: it holds numbers by route and state, and no customer's name.
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../runtime/metrics';

export function metricsRoutes(app: FastifyInstance, metrics: Metrics): void {
  app.get(
    '/metrics',
    { config: { access: 'open', rateLimit: 'none' }, schema: { hide: true } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
}
