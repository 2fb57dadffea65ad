// Values by their JSON Schema: such as it allows, such as it nearly allows, and such as nobody means well with.
import * as fc from 'fast-check';

type Schema = { readonly [keyword: string]: unknown };
type Schemas = { readonly [name: string]: Schema };

const known = ['5', '0.01', '12.35', 'acme', 'other', 'm', 'v1', 'r1', 'gpu', 'k', 'free', 'cluster-1'];
const instants = fc
  .date({ min: new Date('2024-11-01T00:00:00Z'), max: new Date('2025-04-01T00:00:00Z'), noInvalidDate: true })
  .chain((date) => fc.constantFrom(date.toISOString(), `${date.toISOString().slice(0, 13)}:00:00Z`));

/** Values that a schema allows; of texts often such that something is called so. */
export function valid(schema: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  const { $ref, enum: words, anyOf, type, examples } = schema;
  if (typeof $ref === 'string') return valid(schemas[$ref.split('/').at(-1) ?? ''] ?? {}, schemas);
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(words)) return fc.constantFrom(...words);
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map((each: Schema) => valid(each, schemas)));
  const kinds = [type].flat().map((kind) => ofKind(String(kind), schema, schemas));
  const said = Array.isArray(examples) && examples.length > 0 ? [fc.constantFrom(...examples)] : [];
  return fc.oneof(...said, ...kinds, ...kinds);
}

function ofKind(kind: string, schema: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  const { minimum = -1000, maximum = 1_000_000 } = schema as { readonly minimum?: number; readonly maximum?: number };
  switch (kind) {
    case 'string':
      return texts(schema);
    case 'integer':
      return fc.oneof(
        fc.integer({ min: Math.max(Math.ceil(minimum), Math.min(1, maximum)), max: Math.min(maximum, 20) }),
        fc.integer({ min: Math.ceil(minimum), max: Math.min(maximum, 2 ** 31 - 1) }),
      );
    case 'number':
      return fc.integer({ min: Math.ceil(minimum * 100), max: Math.floor(maximum * 100) }).map((n) => n / 100);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const {
        items = {},
        minItems = 0,
        maxItems = 4,
      } = schema as { items?: Schema; minItems?: number; maxItems?: number };
      const limits = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 4)) };
      const item = valid(items, schemas);
      return schema['uniqueItems'] === true ? fc.uniqueArray(item, limits) : fc.array(item, limits);
    }
    case 'object': {
      const { properties = {}, required = [] } = schema as { properties?: Schemas; required?: readonly string[] };
      const fields = Object.entries(properties).map(([name, field]) => [name, valid(field, schemas)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
    }
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function texts({ pattern, format, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return instants;
  if (format === 'email') return fc.stringMatching(/^[a-z]{1,8}@[a-z]{1,8}\.example$/);
  const plain = fc.string({ unit: 'grapheme', minLength: 1, maxLength: Math.min(Number(maxLength), 60) });
  if (typeof pattern !== 'string') return plain;
  const expression = new RegExp(pattern, 'u');
  const named = fc.constantFrom(...known).filter((text) => expression.test(text));
  const isNamed = known.some((text) => expression.test(text));
  const matching = matchesOf(pattern) ?? plain.filter((text) => expression.test(text));
  return isNamed ? fc.oneof(named, matching) : matching;
}

// fast-check knows no look-ahead and no Unicode classes; what the look-ahead forbids is seldom made.
function matchesOf(pattern: string): fc.Arbitrary<string> | undefined {
  if (pattern.includes('\\p{')) return undefined;
  return fc.stringMatching(new RegExp(withoutLookAhead(pattern))).filter((text) => text.length < 300);
}

function withoutLookAhead(pattern: string): string {
  const start = pattern.indexOf('(?!');
  if (start < 0) return pattern;
  let [end, open] = [start + 1, 1];
  for (; open > 0; end++) {
    if (pattern[end] === '\\') end++;
    else if (pattern[end] === '(') open++;
    else if (pattern[end] === ')') open--;
  }
  return withoutLookAhead(pattern.slice(0, start) + pattern.slice(end));
}

/** Values that somebody sends to see what happens. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -1, -0, 0.1, 1e-7, 1e21, 1e308, 2 ** 31, 2 ** 53 + 2, -(2 ** 63)],
    ...['', ' ', '\0', 'a\0b', '\ud800', 'a\udfff', '\u202e\u200b', '\ufeff', '.', '..', '../..', '%00', '%', '+'],
    ...['__proto__', 'constructor', 'null', 'true', 'NaN', 'Infinity', '1e999', '-0', '0x10', '007', '٣'],
    ...['99999999999999999999', '0.0000000001', '9223372036.854775807', '9223372036.854775808', '-9223372036.9'],
    ...["'; drop table workspaces; --", '$1', '{{7*7}}', '<script>', '=cmd()', '\r\nset-cookie: a=b', 'x'.repeat(5000)],
    ...['0000-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59Z', '2025-02-30T00:00:00Z'],
    ...['2025-01-01T00:00:00+14:00', '2025-01-01T24:00:00Z', '2025-01-01T00:00:60Z', '2025-13', '0000-00', '9999-12'],
    ...[[], {}, [[]], [null], { length: -1 }, JSON.parse('{"__proto__": {"role": "admin"}}')],
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 2, max: 200 }).map((deep) => JSON.parse('['.repeat(deep) + ']'.repeat(deep)) as unknown),
);

/** What differs from a value in one place: something else stands there, nothing does, or something more. */
export function nearly(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.nat(), hostile, fc.constantFrom<Change>('replace', 'replace', 'remove', 'add', 'twice'))
    .map(([value, at, other, change]) => {
      const places = placesOf(value, []);
      return changed(value, places[at % places.length] ?? [], { other, change });
    });
}

type Change = 'replace' | 'remove' | 'add' | 'twice';
type Place = readonly (string | number)[];

function placesOf(value: unknown, place: Place): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...place, name]))];
}

function changed(
  value: unknown,
  [name, ...rest]: Place,
  how: { readonly other: unknown; readonly change: Change },
): unknown {
  if (name === undefined) return how.change === 'add' && isRecord(value) ? { ...value, more: how.other } : how.other;
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => {
      if (at !== Number(name)) return [item];
      if (rest.length > 0) return [changed(item, rest, how)];
      return { remove: [], twice: [item, item], add: [item, how.other], replace: [how.other] }[how.change];
    });
  }
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([field, inner]) => {
      if (field !== name) return [[field, inner]];
      if (rest.length === 0 && how.change === 'remove') return [];
      return [[field, changed(inner, rest, how)]];
    }),
  );
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
