// Whether this process lives, and whether it can work. Temporal is not asked: nothing here needs it.
import type { FastifyInstance } from 'fastify';
import type { Answer } from '../../contract/operations';
import { pendingMigrations } from '../../db/connection/readiness';
import { MinutebookError } from '../../domain/errors';
import type { Api } from '../api';
import { describe } from '../openapi';

const withinMs = 2_000;

const liveSchema = describe({
  id: 'live',
  tag: 'Health',
  summary: 'Whether the process lives',
  isOpen: true,
});

const readySchema = describe({
  id: 'ready',
  tag: 'Health',
  summary: 'Whether the API can work: Postgres answers, with the right schema',
  isOpen: true,
});

export function healthRoutes(app: FastifyInstance, api: Api): void {
  app.get(
    '/health/live',
    { config: { access: 'open' }, schema: liveSchema },
    async (): Promise<Answer<'live'>> => ({ status: 'live' }),
  );

  app.get('/health/ready', { config: { access: 'open' }, schema: readySchema }, async (): Promise<Answer<'ready'>> => {
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
