// Completes the OpenAPI document that the routes' schemas make: who may call, what may be refused, headers and examples.
import { KindGuard, type TSchema } from '@sinclair/typebox';
import { exampleOf } from '../../contract/examples';
import {
  components,
  type OperationId,
  type Operation as OperationSchemas,
  operations,
} from '../../contract/operations';
import { tags } from '../../contract/tags';
import type { GuardedRoute } from '../access';
import type { Post } from '../idempotency/posts';
import { headers, headersOfAnswers, notModified, requestHeaders } from './headers';
import { callersOf, type Described, describedPath, type Json } from './kinds';
import { problemAnswers, problemComponents } from './problems';

type Content = { readonly [media: string]: { readonly schema?: Json } };
type Operation = Json & {
  readonly operationId: OperationId;
  readonly description?: string;
  readonly parameters?: readonly Json[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: { readonly [status: string]: Json & { readonly content?: Content } };
};
export type Document = Json & {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: Json & { readonly schemas: { readonly [name: string]: Json } };
};

/** The document with all that the schemas of the routes do not say. */
export function completed(
  document: Document,
  { routes, posts }: { readonly routes: readonly GuardedRoute[]; readonly posts: ReadonlyMap<string, Post> },
): Document {
  const said = new Map(
    routes.map(({ method, url, access }) => [
      `${method} ${describedPath(url)}`,
      { access, post: method === 'POST' ? posts.get(url) : undefined },
    ]),
  );
  const described: Described[] = [];
  const paths = mapValues(document.paths, (methods, path) =>
    mapValues(methods, (operation, name) => {
      const method = name.toUpperCase();
      const ofRoute = said.get(`${method} ${path}`);
      if (ofRoute === undefined) throw new Error(`api: nothing says who may call ${method} ${path}`);
      const of = { id: operation.operationId, method, path, ...ofRoute };
      described.push(of);
      return completedOperation(operation, of);
    }),
  );
  const { responses, examples } = problemComponents(described);
  return {
    ...document,
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      ...document.components,
      schemas: mapValues(document.components.schemas, (schema, name) => withExamples(schema, name)),
      responses,
      examples,
      headers,
      parameters: mapValues(requestHeaders, ({ of: _, ...parameter }) => parameter),
    },
  };
}

function completedOperation(operation: Operation, of: Described): Operation {
  const { description, parameters = [], requestBody, responses, ...more } = operation;
  const asked = Object.entries(requestHeaders).flatMap(([name, header]) =>
    header.of(of) ? [{ $ref: `#/components/parameters/${name}` }] : [],
  );
  const roles = callersOf(of);
  const { body, answers }: OperationSchemas = operations[of.id];
  return {
    ...more,
    description: [description, rolesSaid(roles)].filter(Boolean).join('\n\n'),
    ...(roles === undefined ? {} : { 'x-roles': roles }),
    ...(parameters.length + asked.length === 0 ? {} : { parameters: [...parameters, ...asked] }),
    ...(requestBody === undefined
      ? {}
      : { requestBody: { required: !mayBeLeftOut(of, body), content: withExample(requestBody.content, body) } }),
    responses: {
      ...mapValues(responses, (answer, status) => ({
        ...answer,
        ...headersOfAnswers(of),
        ...(answer.content && { content: withExample(answer.content, answers[Number(status) as 200]) }),
      })),
      ...notModified(of),
      ...problemAnswers(of),
    },
  };
}

// A POST whose body has to hold nothing may come without one.
function mayBeLeftOut({ method }: Described, body: TSchema | undefined): boolean {
  return method === 'POST' && KindGuard.IsObject(body) && (body.required ?? []).length === 0;
}

// What refers to a component has the example of that, and a schema may have its own.
function withExample(content: Content, schema: TSchema | undefined): Content {
  return mapValues(content, (media) => {
    const { schema: shown = {} } = media;
    const example = '$ref' in shown || 'examples' in shown ? undefined : exampleOf(schema);
    return example === undefined ? media : { ...media, example };
  });
}

const named = new Map(components.map((schema) => [schema.$id, schema]));

function withExamples(schema: Json, name: string): Json {
  const example = exampleOf(named.get(name));
  return example === undefined ? schema : { ...schema, examples: [example] };
}

function rolesSaid(roles: readonly string[] | undefined): string {
  return roles === undefined
    ? 'Needs no key.'
    : `For keys of the role${roles.length > 1 ? 's' : ''} ${roles.join(', ')}.`;
}

function mapValues<From, To>(
  from: { readonly [name: string]: From },
  map: (value: From, name: string) => To,
): { readonly [name: string]: To } {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value, name)]));
}
