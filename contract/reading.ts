// Reads JSON by its schema: every fault is listed with its place, none is thrown before everything has been read. For
// bodies that come now and then; usage has a reader of its own, a hundred times as fast (domain/usage).
import {
  KindGuard,
  type TArray,
  type TNull,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TUnion,
  type TUnsafe,
  Type,
} from '@sinclair/typebox';
import { type Complain, came, FaultList } from '../domain/body';

const reading = Symbol('reading');

/** Says what was expected of a value that cannot be read. */
export class Unreadable {
  constructor(readonly expected: string) {}
}

type Reading<Value> = (value: unknown) => Value | Unreadable;

/** A single value: `Sent` is what stands in the JSON, `Value` what it is read as. */
export interface Scalar<Sent, Value> extends TUnsafe<Sent> {
  readonly [reading]: Reading<Value>;
}

/** A single value, by the keywords of its JSON Schema and how it is read. */
export function scalar<Sent, Value>(
  keywords: Readonly<Record<string, unknown>>,
  read: Reading<Value>,
): Scalar<Sent, Value> {
  return { ...Type.Unsafe<Sent>(keywords), [reading]: read };
}

const clearing = Symbol('clearing');

/** A field of which null says something of its own, beside being left out. */
export interface Clearing {
  readonly [clearing]: true;
}

/** A field that is kept where it is left out, and cleared by null. */
export function clearable<Schema extends TSchema>(schema: Schema): TOptional<TUnion<[Schema, TNull]>> & Clearing {
  return { ...Type.Optional(Type.Union([schema, Type.Null()])), [clearing]: true };
}

/** What JSON of a schema is read as. Optional fields that are null count as left out, unless null clears them. */
export type Read<Schema extends TSchema> =
  Schema extends Scalar<unknown, infer Value>
    ? Value
    : Schema extends TUnion<[infer Inner extends TSchema, TNull]>
      ? Read<Inner> | null
      : Schema extends TArray<infer Item>
        ? readonly Read<Item>[]
        : Schema extends TObject<infer Fields>
          ? ReadFields<Fields>
          : never;

type ReadFields<Fields extends TProperties> = {
  readonly [Name in keyof Fields as Fields[Name] extends TOptional<TSchema> ? never : Name]: Read<Fields[Name]>;
} & {
  readonly [Name in keyof Fields as Fields[Name] extends TOptional<TSchema> ? Name : never]?:
    | NonNullable<Read<Fields[Name]>>
    | (Fields[Name] extends Clearing ? null : never);
};

/** What could be read of a value: whatever is at fault is undefined. */
export type Found<Value> = Value extends string | number | bigint | boolean | null | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly (Found<Item> | undefined)[]
    : { readonly [Name in keyof Value]?: Found<Value[Name]> | undefined };

/** A way to complain about the whole, or about an entry of the list that it is. */
export type ComplainAt = (index?: number) => Complain;

export type ReadingOptions<Schema extends TSchema> = {
  /** Begins the sentence of the refusal: `the prices are`. */
  readonly what: string;
  /** What an entry is called where the whole is a list. */
  readonly entry?: string;
  /** Whatever the schema does not say: told what could be read, complains of the rest. */
  readonly rule?: (found: Found<Read<Schema>>, at: ComplainAt) => void;
};

/** Reads a value by its schema. Throws `invalid_request` with every fault by index and field. */
export function readAs<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  { what, entry = 'entry', rule }: ReadingOptions<Schema>,
): Read<Schema> {
  const faults = new FaultList();
  const found = readWhole(schema, value, new Place(faults, { entry }));
  rule?.(found as Found<Read<Schema>>, (index) => faults.at(index));
  faults.throwIfAny('invalid_request', what);
  // Without a fault nothing is missing.
  return found as Read<Schema>;
}

/** Reads one value that stands by itself, such as a parameter of the path. */
export function readField<Value>(
  schema: Scalar<unknown, Value>,
  value: unknown,
  of: { readonly field: string; readonly what: string },
): Value {
  const faults = new FaultList();
  const found = readScalar(schema, value, new Place(faults, { entry: of.field, path: of.field }));
  faults.throwIfAny('invalid_request', of.what);
  return found as Value;
}

type Where = { readonly entry: string; readonly index?: number | undefined; readonly path?: string };

// Where in the body a value stands: an entry of a list that is the whole body is told by its index.
class Place {
  private readonly path: string;

  constructor(
    private readonly faults: FaultList,
    private readonly where: Where,
  ) {
    this.path = where.path ?? '';
  }

  complain(message: string): void {
    const { index, entry } = this.where;
    this.faults.at(index)(this.path || (index === undefined ? 'body' : entry), message);
  }

  field(name: string): Place {
    return new Place(this.faults, { ...this.where, path: this.path === '' ? name : `${this.path}.${name}` });
  }

  item(at: number): Place {
    const isOfBody = this.path === '' && this.where.index === undefined;
    return new Place(
      this.faults,
      isOfBody ? { ...this.where, index: at } : { ...this.where, path: `${this.path}[${at}]` },
    );
  }
}

// A body that is no object is told so, and what it would have had to hold besides.
function readWhole(schema: TSchema, value: unknown, place: Place): unknown {
  if (!KindGuard.IsObject(schema) || isObject(value)) return read(schema, value, place);
  place.complain(`expected an object, came ${came(value)}`);
  return readFields(schema, {}, place);
}

function read(schema: TSchema, value: unknown, place: Place): unknown {
  if (isScalar(schema)) return readScalar(schema, value, place);
  if (KindGuard.IsUnion(schema)) return readOrNull(schema, value, place);
  if (KindGuard.IsArray(schema)) return readList(schema, value, place);
  if (!KindGuard.IsObject(schema)) throw new Error(`contract: nothing says how to read ${JSON.stringify(schema)}`);
  if (isObject(value)) return readFields(schema, value, place);
  place.complain(`expected an object, came ${came(value)}`);
  return undefined;
}

function readScalar<Value>(
  schema: Scalar<unknown, Value>,
  value: unknown,
  place: Place,
  orNull = '',
): Value | undefined {
  const found = schema[reading](value);
  if (!(found instanceof Unreadable)) return found;
  place.complain(`expected ${found.expected}${orNull}, came ${came(value)}`);
  return undefined;
}

function readOrNull({ anyOf: [inner] }: TUnion, value: unknown, place: Place): unknown {
  if (value === null) return null;
  if (inner === undefined) throw new Error('contract: a union of nothing');
  return isScalar(inner) ? readScalar(inner, value, place, ', or null') : read(inner, value, place);
}

function readList(schema: TArray, value: unknown, place: Place): readonly unknown[] | undefined {
  if (!Array.isArray(value)) {
    place.complain(`expected a list, came ${came(value)}`);
    return undefined;
  }
  if (value.length < (schema.minItems ?? 0)) place.complain(`expected at least ${schema.minItems} of them, came none`);
  const itemsMax = schema.maxItems ?? Number.POSITIVE_INFINITY;
  if (value.length > itemsMax) {
    place.complain(`expected at most ${itemsMax} of them, came ${value.length}`);
    return undefined;
  }
  const found = value.map((item, at) => read(schema.items, item, place.item(at)));
  const isRepeated = new Set(found).size < found.length && !found.includes(undefined);
  if (schema.uniqueItems === true && isRepeated) place.complain('expected each of them once');
  return found;
}

function readFields({ properties }: TObject, value: Readonly<Record<string, unknown>>, place: Place): object {
  const known = Object.entries(properties);
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(properties, name)) continue;
    place.field(name).complain(`unknown field, expected one of ${Object.keys(properties).join(', ')}`);
  }
  const fields = known.flatMap(([name, schema]) => {
    const sent = value[name];
    if (KindGuard.IsOptional(schema) && isLeftOut(schema, sent)) return [];
    return [[name, read(schema, sent, place.field(name))] as const];
  });
  return Object.fromEntries(fields);
}

function isLeftOut(schema: TSchema, value: unknown): boolean {
  return value === undefined || (value === null && KindGuard.IsUnion(schema) && !(clearing in schema));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(schema: TSchema): schema is Scalar<unknown, unknown> {
  return reading in schema;
}
