// JSON Schemas as TypeScript: what callers of the API see of the contract, without the library that it is written in.

/** A schema as JSON: TypeBox's are nothing else. */
export type JsonSchema = {
  readonly $id?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly patternProperties?: { readonly [pattern: string]: JsonSchema };
};

/** Types by name; the names that a schema may be called by. */
export type Named = ReadonlyMap<string, JsonSchema>;

/** `export type NAME = …`, with what the schema says of itself and of its fields. */
export function declarationOf(name: string, schema: JsonSchema, named: Named): string {
  return `${comment(schema)}export type ${name} = ${structureOf(schema, named)};\n`;
}

/** The type of a schema: by its name, where it has one of those. */
export function typeOf(schema: JsonSchema, named: Named): string {
  const known = schema.$id === undefined ? undefined : named.get(schema.$id);
  // A copy that says something else of itself is the same type; one that was made into something else is not.
  if (known !== undefined && schema.$id !== undefined && structureOf(known, named) === structureOf(schema, named)) {
    return schema.$id;
  }
  return structureOf(schema, named);
}

// Of a list as long as that of all countries the API says what is not in it.
const wordsMax = 100;

function structureOf(schema: JsonSchema, named: Named): string {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum !== undefined && schema.enum.length <= wordsMax) {
    return schema.enum.map((each) => JSON.stringify(each)).join(' | ');
  }
  if (schema.anyOf !== undefined) return unionOf(schema.anyOf.map((each) => typeOf(each, named)));
  if (schema.allOf !== undefined) return schema.allOf.map((each) => `(${typeOf(each, named)})`).join(' & ');
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.length === 0 ? 'unknown' : unionOf(types.map((type) => simpleType(type, schema, named)));
}

function simpleType(type: string, schema: JsonSchema, named: Named): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
    case 'Uint8Array':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return `readonly ${grouped(typeOf(schema.items ?? {}, named))}[]`;
    case 'object':
      return objectType(schema, named);
    default:
      throw new Error(`expected a type of JSON, came ${type} in ${JSON.stringify(schema).slice(0, 200)}`);
  }
}

function objectType({ properties, patternProperties, required = [] }: JsonSchema, named: Named): string {
  if (properties === undefined) {
    const values = Object.values(patternProperties ?? {}).map((each) => typeOf(each, named));
    return `{ readonly [name: string]: ${values.length === 0 ? 'unknown' : unionOf(values)} }`;
  }
  const fields = Object.entries(properties).map(
    ([name, schema]) =>
      `${comment(schema)}readonly ${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema, named)};\n`,
  );
  return `{\n${fields.join('')}}`;
}

function comment({ description: own, anyOf = [] }: JsonSchema): string {
  const description = own ?? anyOf.find((each) => each.description !== undefined)?.description;
  return description === undefined ? '' : `/** ${description.replaceAll('*/', '* /')} */\n`;
}

function unionOf(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function grouped(type: string): string {
  return /^\w+$/.test(type) ? type : `(${type})`;
}
