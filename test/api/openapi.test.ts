import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type Ajv2020 from 'ajv/dist/2020';
import { routesOf } from '../../api/access';
import { ofNoOperation } from '../../api/described/problems';
import { tags } from '../../contract/tags';
import { errorRegistry } from '../../domain/errors';
import { newAjv, type OpenApi, operationsOf, responseOf } from './described';
import { type Minutebook, startMinutebook } from './minutebook';

type Document = OpenApi & {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly info: { readonly title: string; readonly version: string };
};

let book: Minutebook;
let document: Document;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
  document = (await book.call<Document>('GET', '/openapi.json')).body;
});
afterAll(() => book.close());

const docs = path.resolve(__dirname, '../../docs');

test('docs/openapi.json is what the routes say; npm run openapi writes it anew', () => {
  expect(JSON.parse(readFileSync(path.join(docs, 'openapi.json'), 'utf8'))).toEqual(document);
});

test("Redocly's recommended rules find nothing in it", () => {
  const lint = path.join(__dirname, 'openapi-lint.mjs');
  const { stdout, stderr, status } = spawnSync(process.execPath, [lint], {
    input: JSON.stringify(document),
    encoding: 'utf8',
  });
  expect([stdout, status, status === 0 ? '' : stderr]).toEqual(['', 0, '']);
});

test('the description is OpenAPI 3.1, each operation with its parameters and answers', () => {
  const { openapi, info, servers } = document;
  expect([openapi, info.title, servers[0]?.url]).toEqual(['3.1.0', 'Minutebook', '/']);
  const operations = operationsOf(document);
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { template, operation } of operations) {
    const named = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).flatMap((each) => ('in' in each && each.in === 'path' ? [each] : []));
    expect([template, declared.map((each) => each.name).sort()]).toEqual([template, named.sort()]);
    expect(declared.every((each) => each.required)).toBe(true);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '500', '503']));
    expect(operation.tags.every((tag) => tag in tags)).toBe(true);
  }
  expect(document.tags.map(({ name }) => name)).toEqual([...new Set(document.tags.map(({ name }) => name))]);
  const used = new Set(operations.flatMap(({ operation }) => operation.tags));
  expect([...used].sort()).toEqual(document.tags.map(({ name }) => name).sort());
});

test('each operation says whose keys may call it', () => {
  for (const { method, url, access } of routesOf(book.app)) {
    const operation = document.paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    if (operation === undefined) continue;
    const isReading = method === 'GET' && access !== 'open' && access.noReaders !== true;
    const roles = access === 'open' ? undefined : [...access.roles, ...(isReading ? ['read'] : [])];
    expect([url, operation['x-roles']]).toEqual([url, roles]);
    expect(operation.description).toContain(roles === undefined ? 'Needs no key.' : `For keys of the role`);
    expect(operation.security?.length === 0).toBe(roles === undefined);
  }
});

test('every error of the registry is one of an operation, or of none', () => {
  const said = operationsOf(document).flatMap(({ operation }) =>
    Object.keys(operation.responses).flatMap(
      (status) => responseOf(document, operation, Number(status))?.['x-codes'] ?? [],
    ),
  );
  const missing = Object.keys(errorRegistry).filter((code) => ![...said, ...ofNoOperation].includes(code));
  // What is missing belongs into contract/problem-codes.ts, or among those of a kind in api/described/problems.ts.
  expect(missing).toEqual([]);
});

test('the problems of a status have that status', () => {
  for (const { operation } of operationsOf(document)) {
    for (const status of Object.keys(operation.responses)) {
      for (const code of responseOf(document, operation, Number(status))?.['x-codes'] ?? []) {
        expect([code, document.components.examples[code]?.value]).toEqual([
          code,
          expect.objectContaining({ code, status: Number(status) }),
        ]);
      }
    }
  }
});

describe('examples', () => {
  let ajv: Ajv2020;
  beforeAll(() => {
    ajv = newAjv().addSchema({ $id: 'document', components: referringTo(document.components) });
  });
  const faultOf = (schema: object, value: unknown) =>
    ajv.validate(referringTo(schema) as object, value) ? undefined : ajv.errorsText();

  test('every component has one, and it is as the component says', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      const { examples = [] } = schema as { readonly examples?: readonly unknown[] };
      expect([name, examples.length]).toEqual([name, 1]);
      expect([name, faultOf({ $ref: `#/components/schemas/${name}` }, examples[0])]).toEqual([name, undefined]);
    }
  });

  test('what an operation takes and answers has one, of its own or of a component', () => {
    for (const { operation } of operationsOf(document)) {
      const answers = Object.keys(operation.responses).map((status) => responseOf(document, operation, Number(status)));
      const contents = [operation.requestBody, ...answers].flatMap((each) => Object.entries(each?.content ?? {}));
      for (const [media, { schema, example }] of contents) {
        if ('$ref' in schema || media === 'application/pdf') continue;
        const where = [operation.operationId, media];
        expect([...where, faultOf(schema, example)]).toEqual([...where, undefined]);
      }
    }
  });

  test('every problem is one', () => {
    for (const [code, { value }] of Object.entries(document.components.examples)) {
      expect([code, faultOf({ $ref: '#/components/schemas/Problem' }, value)]).toEqual([code, undefined]);
    }
  });
});

// Within a document that has a name.
function referringTo(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/'));
}

test('intake takes JSON, NDJSON and CloudEvents, and takes the examples of each', async () => {
  const content = document.paths['/v1/usage']?.['post']?.requestBody?.content ?? {};
  const [json, ndjson] = ['application/json', 'application/x-ndjson'];
  const [event, events] = ['application/cloudevents+json', 'application/cloudevents-batch+json'];
  expect(Object.keys(content)).toEqual([json, ndjson, event, events]);
  book.setClock('2025-02-02T00:00:00Z');
  for (const [type, name] of [
    [json, 'UsageBatch'],
    [ndjson, 'UsageLines'],
    [event, 'UsageEvent'],
    [events, 'UsageEvents'],
  ] as const) {
    const { examples } = document.components.schemas[name] as { readonly examples: readonly unknown[] };
    const call = { body: examples[0], headers: { 'content-type': type } };
    const { status } = await book.call('POST', '/v1/usage', call);
    expect([type, status]).toEqual([type, 202]);
  }
});

test('every reference leads somewhere, and every schema is one', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  const components = document.components as unknown as Record<string, object>;
  for (const [, kind = '', name = ''] of references) expect(Object.keys(components[kind] ?? {})).toContain(name);
  const ajv = newAjv();
  for (const schema of Object.values(document.components.schemas)) expect(ajv.validateSchema(schema)).toBe(true);
});
