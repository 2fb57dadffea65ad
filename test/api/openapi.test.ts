import Ajv2020 from 'ajv/dist/2020';
import { type Minutebook, startMinutebook } from './minutebook';

let book: Minutebook;
beforeAll(async () => {
  book = await startMinutebook({ now: '2025-01-10T12:00:00Z' });
});
afterAll(() => book.close());

type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Record<string, unknown> };
  readonly responses: Record<string, { readonly description: string }>;
};
type Document = {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
};

const read = async () => (await book.call<Document>('GET', '/openapi.json')).body;

test('the description is OpenAPI 3.1, each operation with its parameters and answers', async () => {
  const { openapi, info, servers, paths } = await read();
  expect([openapi, info.title, servers[0]?.url]).toEqual(['3.1.0', 'Minutebook', '/']);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((each) => each.in === 'path');
    expect([path, declared.map((each) => each.name).sort()]).toEqual([path, named.sort()]);
    expect(declared.every((each) => each.required)).toBe(true);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['4XX', '5XX']));
    for (const answer of Object.values(operation.responses)) expect(answer.description).toBeTruthy();
  }
});

test('intake takes JSON, NDJSON and CloudEvents, and takes the events that are its examples', async () => {
  const { paths, components } = await read();
  const content = paths['/v1/usage']?.['post']?.requestBody?.content ?? {};
  const [event, events] = ['application/cloudevents+json', 'application/cloudevents-batch+json'];
  expect(Object.keys(content)).toEqual(['application/json', 'application/x-ndjson', event, events]);
  const { UsageEvent, UsageEvents } = components.schemas as Record<string, { readonly examples: readonly unknown[] }>;
  book.setClock('2025-02-02T00:00:00Z');
  for (const [type, schema] of [
    [event, UsageEvent],
    [events, UsageEvents],
  ] as const) {
    const [body] = schema?.examples ?? [];
    const { status } = await book.call('POST', '/v1/usage', { body, headers: { 'content-type': type } });
    expect([type, status]).toEqual([type, 202]);
  }
});

test('every reference leads somewhere, and every schema is one', async () => {
  const document = await read();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target);
  expect(references.length).toBeGreaterThan(20);
  for (const target of new Set(references)) {
    const name = target?.replace('#/components/schemas/', '') ?? '';
    expect(Object.keys(document.components.schemas)).toContain(name);
  }
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const schema of Object.values(document.components.schemas)) {
    expect(ajv.validateSchema(schema)).toBe(true);
  }
});
