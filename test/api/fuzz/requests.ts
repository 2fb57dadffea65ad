// Requests to an operation by its description: as it wants them, nearly so, and hostile ones.
import * as fc from 'fast-check';
import type { OpenApi, Operation } from '../described';
import { hostile, nearly, valid } from './values';

export type Sent = {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly payload?: string | Buffer;
};

/** What is there, by what parameters of paths and queries are called. It may grow while requests are made. */
export type Pools = { readonly [parameter: string]: string[] };

type Schemas = { readonly [name: string]: { readonly [keyword: string]: unknown } };
type Asked = { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: object };

/** Requests to an operation, with the key of whoever asks. */
export function requestsTo(
  {
    method,
    template,
    operation,
  }: { readonly method: string; readonly template: string; readonly operation: Operation },
  { document, pools, keys }: { readonly document: OpenApi; readonly pools: Pools; readonly keys: readonly string[] },
): fc.Arbitrary<Sent> {
  const schemas = document.components.schemas as Schemas;
  const asked = (operation.parameters ?? []).map(
    (each): Asked =>
      '$ref' in each ? (document.components.parameters[each.$ref.split('/').at(-1) ?? ''] as Asked) : each,
  );
  const of = (place: string) =>
    asked.filter((each) => each.in === place).map((each) => parameterOf(each, { pools, schemas, operation }));
  return fc
    .record({
      paths: fc.tuple(...of('path')),
      query: fc.tuple(...of('query')),
      named: fc.tuple(...of('header')),
      stray: fc.oneof(
        { weight: 9, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom('unknown=1', '__proto__=x', '%zz', 'limit=1&limit=2') },
      ),
      key: fc.constantFrom(...keys),
      body: bodiesOf(operation, schemas),
    })
    .map(({ paths, query, named, stray, key, body }) => {
      const path = paths.reduce((url, [name, value]) => url.replace(`{${name}}`, encoded(value ?? '')), template);
      const pairs = query.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encoded(value)}`]));
      const search = [...pairs, stray].filter((part) => part !== '').join('&');
      const headers = named.flatMap(([name, value]) =>
        value === undefined ? [] : [[name.toLowerCase(), plainly(value)]],
      );
      return {
        method,
        url: search === '' ? path : `${path}?${search}`,
        headers: {
          ...Object.fromEntries(headers),
          ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
          ...body.headers,
        },
        ...(body.payload === undefined ? {} : { payload: body.payload }),
      };
    });
}

type Named = readonly [name: string, value: string | undefined];

function parameterOf(
  { name, required, schema }: Asked,
  { pools, schemas, operation }: { readonly pools: Pools; readonly schemas: Schemas; readonly operation: Operation },
): fc.Arbitrary<Named> {
  const pool = pools[`${operation.operationId}.${name}`] ?? pools[name];
  // The pool is looked at when the value is made: it grows with the answers.
  const there = fc.nat().map((at) => (pool === undefined || pool.length === 0 ? 'none' : pool[at % pool.length]));
  const value: fc.Arbitrary<unknown> = fc.oneof(
    { weight: pool === undefined ? 0 : 6, arbitrary: there },
    // One that came before is of another request, which is all that is looked at then.
    { weight: name === 'Idempotency-Key' ? 12 : 0, arbitrary: fc.uuid() },
    { weight: 3, arbitrary: valid(schema as Schemas[string], schemas) },
    { weight: 1, arbitrary: hostile },
  );
  const named = value.map((each): Named => [name, typeof each === 'string' ? each : JSON.stringify(each)]);
  return required
    ? named
    : fc.oneof({ weight: 2, arbitrary: fc.constant<Named>([name, undefined]) }, { weight: 1, arbitrary: named });
}

// Half a character has no encoding: it is sent as what somebody's client makes of it.
function encoded(text: string): string {
  return (
    encodeURIComponent(Buffer.from(text).toString()).replaceAll('%2F', text.length % 2 === 0 ? '/' : '%2F') || '%20'
  );
}

function plainly(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
}

type Body = { readonly headers: { readonly [name: string]: string }; readonly payload?: string | Buffer };

function bodiesOf({ requestBody }: Operation, schemas: Schemas): fc.Arbitrary<Body> {
  const nothing = fc.constant<Body>({ headers: {} });
  if (requestBody === undefined)
    return fc.oneof({ weight: 9, arbitrary: nothing }, { weight: 1, arbitrary: rawBodies });
  const contents = Object.entries(requestBody.content).map(([media, { schema }]) => {
    const right = valid(schema as Schemas[string], schemas);
    const bodies = fc.oneof(
      { weight: 6, arbitrary: right },
      { weight: 4, arbitrary: nearly(right) },
      { weight: 1, arbitrary: hostile },
    );
    return bodies.map((body): Body => ({ headers: { 'content-type': media }, payload: writtenAs(media, body) }));
  });
  return fc.oneof(
    { weight: 16, arbitrary: fc.oneof(...contents) },
    { weight: 2, arbitrary: rawBodies },
    { weight: 1, arbitrary: nothing },
  );
}

function writtenAs(media: string, body: unknown): string {
  return typeof body === 'string' && !media.includes('json') ? body : (JSON.stringify(body) ?? '');
}

const mediaTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/x-ndjson',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'message/rfc822',
  'application/cloudevents-batch+json',
  '/',
  'x',
];
const payloads = [
  ...[
    '',
    ' ',
    '{',
    '[',
    '{"a":1,"a":2}',
    '{"__proto__":{"a":1}}',
    'null',
    '1e400',
    '-',
    '"',
    '"\\ud800"',
    '"\\u0000"',
    'tru',
    '{}{}',
    '\ufeff{}',
    '// x\n{}',
    '{"amount": 1E+999}',
  ],
  ...['['.repeat(100_000), '{"a":'.repeat(10_000), `[${'1,'.repeat(50_000)}1]`, '9'.repeat(100_000)],
].map((text) => Buffer.from(text));
const noText = [
  Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
  Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
  Buffer.from([0x1f, 0x8b, 8, 0]),
];

const rawBodies: fc.Arbitrary<Body> = fc
  .record({
    media: fc.oneof(fc.constant('application/json'), fc.constantFrom(...mediaTypes)),
    payload: fc.oneof(
      fc.constantFrom(...payloads, ...noText),
      fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    ),
    encoding: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('gzip', 'zstd', 'br', 'identity', 'gzip, gzip') },
    ),
  })
  .map(({ media, payload, encoding }) => ({
    headers: { 'content-type': media, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) },
    payload,
  }));
