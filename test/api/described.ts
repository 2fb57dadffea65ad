// Holds every answer that a test gets to the OpenAPI document: nothing may be missing, of another kind, or unnamed.
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import type { FastifyInstance } from 'fastify';
import { parseInstant } from '../../domain/period';

type Operation = {
  readonly operationId: string;
  readonly responses: {
    readonly [status: string]: { readonly content?: { readonly [type: string]: { readonly schema: object } } };
  };
};

export type OpenApi = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: object } };
};

export type Answered = {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly body: unknown;
  readonly headers: { readonly [name: string]: unknown };
};

/** Throws unless an answer is as the app's own description has it. */
export async function describedBy(app: FastifyInstance): Promise<(answered: Answered) => void> {
  await app.ready();
  const document = JSON.parse((await app.inject({ url: '/openapi.json' })).body) as OpenApi;
  const check = checking(document);
  const operations = operationsOf(document);
  return ({ method, url, status, body, headers }) => {
    const path = url.split('?')[0] ?? '';
    const found = operations.find((each) => each.method === method && each.path.test(path));
    if (found === undefined || status === 204 || status === 304) return;
    const media = String(headers['content-type']).split(';')[0] ?? '';
    const schema = contentOf(found.operation, status)[media]?.schema;
    if (schema === undefined)
      throw new Error(`${method} ${path} answered ${status} as ${media}, which is not described`);
    const fault = check(schema, body);
    if (fault !== undefined) throw new Error(`${method} ${path} answered ${status} otherwise than described: ${fault}`);
  };
}

/** The operations of a document, each with what tells its addresses. Those with fewer parameters come first. */
export function operationsOf({ paths }: OpenApi) {
  return Object.entries(paths)
    .sort(([one], [other]) => one.split('{').length - other.split('{').length)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
        operation,
      })),
    );
}

function contentOf({ responses }: Operation, status: number) {
  return (responses[status] ?? responses[`${Math.floor(status / 100)}XX`])?.content ?? {};
}

/** JSON Schema as the contract means it: an instant is what domain/period reads as one. */
export function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('date-time', (text: string) => parseInstant(text) !== undefined);
  return ajv.addFormat('email', true).addFormat('uri', true);
}

function checking({ components }: OpenApi): (schema: object, body: unknown) => string | undefined {
  const ajv = newAjv();
  ajv.addSchema({ $id: 'document', components: closed(components) });
  const compiled = new Map<object, ValidateFunction>();
  return (schema, body) => {
    const validate = compiled.get(schema) ?? ajv.compile(closed(schema) as object);
    compiled.set(schema, validate);
    return validate(body) ? undefined : ajv.errorsText(validate.errors);
  };
}

// Answers may come to hold more than is named; a test is to notice when they do. Problems say more where it helps.
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const reference = inner['$ref'];
  if (typeof reference === 'string') return { ...inner, $ref: `document${reference}` };
  return 'properties' in inner && !('faults' in Object(inner['properties']))
    ? { ...inner, additionalProperties: false }
    : inner;
}
