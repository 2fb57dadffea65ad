// The few words that the contract is written in, beside TypeBox's own.
import {
  type Static,
  type TNull,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TUnion,
  Type,
} from '@sinclair/typebox';

/** What a schema's JSON looks like in TypeScript. */
export type Wire<Schema extends TSchema> = Frozen<Static<Schema>>;

type Frozen<Value> = Value extends Uint8Array
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : Value extends object
      ? { readonly [Name in keyof Value]: Frozen<Value[Name]> }
      : Value;

type About = { readonly description?: string; readonly examples?: readonly unknown[] };

/** A body that callers send: fields that are not named are refused. */
export function entry<Fields extends TProperties>(name: string, fields: Fields, about: About = {}): TObject<Fields> {
  return Type.Object(fields, { $id: name, additionalProperties: false, ...about });
}

/** What is answered, a component of the OpenAPI document under its name. It may come to hold more than is named here. */
export function answer<Fields extends TProperties>(name: string, fields: Fields, about: About = {}): TObject<Fields> {
  return Type.Object(fields, { $id: name, ...about });
}

/** The parameters of a path or a query. */
export function parameters<Fields extends TProperties>(fields: Fields, about: About = {}): TObject<Fields> {
  return Type.Object(fields, { additionalProperties: false, ...about });
}

type OrNull<Schema extends TSchema> = TUnion<[Schema, TNull]>;

/** The value, or null where null says something of its own. */
export function orNull<Schema extends TSchema>(schema: Schema): OrNull<Schema> {
  return Type.Union([schema, Type.Null()]);
}

/** A field of a body that may be left out; null says that it is. */
export function leavable<Schema extends TSchema>(schema: Schema): TOptional<OrNull<Schema>> {
  return optional(orNull(schema));
}

/** A field that may be left out. */
export function optional<Schema extends TSchema>(schema: Schema): TOptional<Schema> {
  return Type.Optional(schema) as TOptional<Schema>;
}

/** The schema with a description of what it means in this place. */
export function said<Schema extends TSchema>(description: string, schema: Schema): Schema {
  return { ...schema, description };
}
