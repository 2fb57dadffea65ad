// The OpenAPI 3.1 document, generated from the routes' schemas.
import swagger from '@fastify/swagger';
import type { TSchema } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import { components, type Operation, type OperationId, operations } from '../contract/operations';
import type { Tag } from '../contract/tags';
import { routesOf } from './access';
import { completed, type Document } from './described/document';
import { describedWebhooks } from './described/webhooks';
import { postsOf } from './idempotency/idempotency';

const jsonType = 'application/json';

const description = `Billing for platforms that run machine-learning models, by the minute.

Amounts are decimal strings in US dollars, times RFC 3339 in UTC, periods calendar months as YYYY-MM. Lists are
\`{items, next?}\`; the next page is asked for with \`cursor=<next>\`. Errors are problem documents (RFC 9457) with a stable
\`type\`. Every call may be repeated: the same content again changes nothing, and a POST that has nothing to be known by needs an
\`Idempotency-Key\`.`;

/** To be registered before the routes. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  // The contract's own readers check what comes in, with better words, and answers leave whole: schemas only describe.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  for (const schema of components) app.addSchema({ $id: schema.$id, ...bodyOf(schema) });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Minutebook', version: '1', description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'wherever this document was read' }],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
      webhooks: describedWebhooks(),
    },
    refResolver: { buildLocalReference: (json) => String(json['$id']) },
  });
  let document: string | undefined;
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) => {
    document ??= JSON.stringify(
      completed(app.swagger() as unknown as Document, { routes: routesOf(app), posts: postsOf(app) }),
    );
    return reply.type(jsonType).send(document);
  });
}

/** The schema of a route: what it is for, and what the contract says of it. The rest is completed once all routes are known. */
export function describe(route: {
  readonly id: OperationId;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly consumes?: readonly string[];
  /** What else it takes, by media type. */
  readonly otherwise?: { readonly [media: string]: TSchema };
  readonly isOpen?: boolean;
}) {
  const { params, query, body, answers, media = jsonType }: Operation = operations[route.id];
  const described = Object.entries(answers).map(([status, schema]) => [
    status,
    { description: route.summary, content: { [media]: { schema: referring(schema) } } },
  ]);
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(params === undefined ? {} : { params: referring(params) }),
    ...(query === undefined ? {} : { querystring: referring(query) }),
    ...(body === undefined ? {} : { body: bodySchema(body, route) }),
    ...(route.isOpen ? { security: [] } : {}),
    response: Object.fromEntries(described),
  };
}

// Each media type with the schema of its own.
function bodySchema(
  body: TSchema,
  { consumes = [jsonType], otherwise = {} }: Pick<Parameters<typeof describe>[0], 'consumes' | 'otherwise'>,
): Json {
  if (consumes.every((media) => media === jsonType) && Object.keys(otherwise).length === 0) return referring(body);
  const schemas = [...consumes.map((media) => [media, body] as const), ...Object.entries(otherwise)];
  return { content: Object.fromEntries(schemas.map(([media, schema]) => [media, { schema: referring(schema) }])) };
}

type Json = { readonly [keyword: string]: unknown };

// Whatever has a name in the contract is written once, among the components, and referred to everywhere else.
function referring(schema: TSchema): Json {
  return schema.$id === undefined ? bodyOf(schema) : { $ref: `${schema.$id}#` };
}

function bodyOf({ $id: _, ...keywords }: TSchema): Json {
  return Object.fromEntries(Object.entries(keywords).map(([name, value]) => [name, within(value)]));
}

function within(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(within);
  return typeof value === 'object' && value !== null ? referring(value as TSchema) : value;
}
