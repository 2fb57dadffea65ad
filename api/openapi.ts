// The OpenAPI 3.1 document, generated from the routes' schemas.
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { problemMediaType } from './problems';
import { ref, type Schema } from './schema';
import { schemas } from './schemas';

const description = `Billing for platforms that run machine-learning models, by the minute.

Amounts are decimal strings in US dollars, times RFC 3339 in UTC, periods calendar months as YYYY-MM. Lists are
\`{items, next?}\`; the next page is asked for with \`cursor=<next>\`. Errors are problem documents (RFC 9457) with a stable
\`type\`. Every call may be repeated: the same content again changes nothing.`;

/** To be registered before the routes. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  // The domain's own readers check what comes in, and answers leave whole: schemas only describe.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  for (const [name, schema] of Object.entries(schemas)) app.addSchema({ $id: name, ...schema });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Minutebook', version: '1', description },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    refResolver: { buildLocalReference: (json) => String(json['$id']) },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

type Status = 200 | 201 | 202;

/** The schema of a route: what it is for, what it answers, and the problems that every route may have. */
export function describe(route: {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  readonly consumes?: readonly string[];
  readonly answers: { readonly [status in Status]?: Schema };
  readonly isOpen?: boolean;
}) {
  const problem = { description: 'A problem', content: { [problemMediaType]: { schema: ref('Problem') } } };
  const answers = Object.entries(route.answers).map(([status, schema]) => [
    status,
    { description: route.summary, content: { 'application/json': { schema } } },
  ]);
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    ...(route.consumes === undefined ? {} : { consumes: [...route.consumes] }),
    ...(route.isOpen ? { security: [] } : {}),
    response: { ...Object.fromEntries(answers), '4xx': problem, '5xx': problem },
  };
}
