// Whether this process lives, and whether it can work. Temporal is not asked: nothing here needs it.
import type { FastifyInstance } from 'fastify';
import { pendingMigrations } from '../../db/connection/readiness';
import { MinutebookError } from '../../domain/errors';
import type { Api } from '../api';
import { describe } from '../openapi';
import { object, oneOf } from '../schema';

const withinMs = 2_000;

const liveSchema = describe({
  id: 'live',
  tag: 'Health',
  summary: 'Whether the process lives',
  answers: { 200: object({ status: oneOf(['live']) }) },
  isOpen: true,
});

const readySchema = describe({
  id: 'ready',
  tag: 'Health',
  summary: 'Whether the API can work: Postgres answers, with the right schema',
  answers: { 200: object({ status: oneOf(['ready']) }) },
  isOpen: true,
});

export function healthRoutes(app: FastifyInstance, api: Api): void {
  app.get('/health/live', { schema: liveSchema }, async () => ({ status: 'live' }));

  app.get('/health/ready', { schema: readySchema }, async () => {
    const pending = await Promise.race([pendingMigrations(api.db), timeUp()]);
    if (pending.length === 0) return { status: 'ready' };
    throw new MinutebookError({
      code: 'unavailable',
      detail: `the schema lacks ${pending.join(', ')}: run the migrations`,
    });
  });
}

function timeUp(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => {
      const detail = `Postgres did not answer within ${withinMs / 1000} s`;
      reject(new MinutebookError({ code: 'unavailable', detail }));
    }, withinMs).unref();
  });
}
