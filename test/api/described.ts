// Holds every answer that a test gets to the OpenAPI document: nothing may be missing, of another kind, or unnamed.
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import type { FastifyInstance } from 'fastify';
import { parseInstant } from '../../domain/period';

type Response = {
  readonly content?: { readonly [type: string]: { readonly schema: object; readonly example?: unknown } };
  readonly headers?: { readonly [name: string]: unknown };
  readonly 'x-codes'?: readonly string[];
};

type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: object;
};

export type Operation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly description: string;
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: { readonly [type: string]: { readonly schema: object; readonly example?: unknown } };
  };
  readonly responses: { readonly [status: string]: Response | { readonly $ref: string } };
  readonly security?: readonly object[];
  readonly 'x-roles'?: readonly string[];
};

export type OpenApi = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: {
    readonly schemas: { readonly [name: string]: object };
    readonly responses: { readonly [name: string]: Response };
    readonly parameters: { readonly [name: string]: Parameter };
    readonly examples: { readonly [name: string]: { readonly value: unknown } };
    readonly headers: { readonly [name: string]: object };
  };
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
  return (answered) => {
    const { method, url, status, body } = answered;
    const path = url.split('?')[0] ?? '';
    const found = operations.find((each) => each.method === method && each.path.test(path));
    if (found === undefined || status === 405 || status === 204) return;
    const refuse = (what: string) => {
      throw new Error(`${method} ${path} (${found.operation.operationId}) answered ${status} ${what}`);
    };
    const response = responseOf(document, found.operation, status);
    if (response === undefined) return refuse(`${codeOf(body)}, which is not described: ${whereToSay}`);
    const unsaid = unsaidHeaders(response, answered.headers);
    if (unsaid.length > 0) refuse(`with ${unsaid.join(', ')}, not described: say it in api/described/headers.ts`);
    if (response['x-codes']?.includes(codeOf(body)) === false) refuse(`${codeOf(body)}, not described: ${whereToSay}`);
    if (status === 304) return;
    const media = String(answered.headers['content-type']).split(';')[0] ?? '';
    const schema = response.content?.[media]?.schema;
    if (schema === undefined) return refuse(`as ${media}, which is not described`);
    const fault = check(schema, body);
    if (fault !== undefined) refuse(`otherwise than described: ${fault}`);
  };
}

const whereToSay = 'say it in contract/problem-codes.ts';

function codeOf(body: unknown): string {
  return String((Object(body) as { readonly code?: unknown }).code);
}

/** What an operation says of a status, wherever it says it. */
export function responseOf(document: OpenApi, { responses }: Operation, status: number): Response | undefined {
  const response = responses[status];
  if (response === undefined || !('$ref' in response)) return response;
  return document.components.responses[response.$ref.split('/').at(-1) ?? ''];
}

// Of every answer, and nothing that a caller acts on.
const ordinary = [
  ...['content-type', 'content-length', 'date', 'connection', 'keep-alive', 'transfer-encoding', 'cache-control'],
  ...['vary', 'x-content-type-options', 'cross-origin-resource-policy', 'content-security-policy', 'referrer-policy'],
];

function unsaidHeaders({ headers = {} }: Response, answered: Answered['headers']): readonly string[] {
  const said = Object.keys(headers).map((name) => name.toLowerCase());
  return Object.keys(answered).filter((name) => !ordinary.includes(name) && !said.includes(name));
}

/** The operations of a document, each with what tells its addresses. Those with fewer parameters come first. */
export function operationsOf({ paths }: OpenApi) {
  return Object.entries(paths)
    .sort(([one], [other]) => one.split('{').length - other.split('{').length)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        template: path,
        path: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
        operation,
      })),
    );
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
