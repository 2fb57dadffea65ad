// What a call takes, as data, and reading it from a form. Each call's record is keyed over the parameter type of Stripe's own
// package, so that an upgrade which adds or removes a parameter does not compile before it was looked at.

import { invalid } from './errors';
import type { Raw, RawObject } from './form';

/**
 * How a parameter is read. `clearable` may be set empty, which removes it; `open` is kept as it comes, unchecked;
 * `unmodelled` is one that Stripe takes and the emulator does not, said aloud rather than ignored; `ignored` changes
 * nothing that the emulator shows.
 */
export type Kind =
  | 'text'
  | 'clearable'
  | 'whole'
  | 'flag'
  | 'texts'
  | 'metadata'
  | 'range'
  | 'open'
  | 'ignored'
  | 'unmodelled'
  | { readonly oneOf: readonly string[] }
  | { readonly each: Kind }
  | { readonly fields: Fields };

export type Fields = Readonly<Record<string, Kind>>;

export type Range = { readonly gt?: number; readonly gte?: number; readonly lt?: number; readonly lte?: number };

export type ValueOf<K> = K extends 'text' | 'clearable'
  ? string
  : K extends 'whole'
    ? number
    : K extends 'flag'
      ? boolean
      : K extends 'texts'
        ? readonly string[]
        : K extends 'metadata'
          ? Readonly<Record<string, string>>
          : K extends 'range'
            ? Range
            : K extends { readonly oneOf: readonly (infer V)[] }
              ? V
              : K extends { readonly each: infer E }
                ? readonly ValueOf<E>[]
                : K extends { readonly fields: infer F }
                  ? Values<F>
                  : unknown;

export type Values<F> = { readonly [N in keyof F]?: ValueOf<F[N]> };

/**
 * The parameters of a call, exactly those of Stripe's own type `P`: one too few or one too many does not compile. (A record
 * by `satisfies` would let too many through where they are spread in.)
 */
export function fieldsOf<P>() {
  return <const F extends Readonly<Record<keyof P, Kind>>>(
    fields: F & { readonly [N in Exclude<keyof F, keyof P>]: never },
  ): F => fields;
}

export const pagination = { limit: 'whole', starting_after: 'text', ending_before: 'text' } as const;

/** The values, or the refusal of the first that is wrong. */
export function readParameters<F extends Fields>(fields: F, raw: RawObject, required: readonly string[]): Values<F> {
  const values = readObject(fields, raw, '');
  for (const name of required) {
    if (!(name in values)) {
      throw invalid({ code: 'parameter_missing', message: `Missing required param: ${name}.`, param: name });
    }
  }
  return values as Values<F>;
}

function readObject(fields: Fields, raw: RawObject, within: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    const param = within === '' ? name : `${within}[${name}]`;
    const kind = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (kind === undefined) throw unknown(name, param);
    const read = readValue(kind, value, param);
    if (read !== undefined) values[name] = read;
  }
  return values;
}

function unknown(name: string, param: string): Error {
  if (name === 'payment_method_types') {
    const message =
      'The `payment_method_types` parameter is no longer supported. Use `allowed_payment_method_types` instead.';
    return invalid({ code: 'payment_method_types_no_longer_supported', message, param });
  }
  return invalid({ code: 'parameter_unknown', message: `Received unknown parameter: ${param}`, param });
}

function readValue(kind: Kind, value: Raw, param: string): unknown {
  if (typeof kind === 'object') return readNested(kind, value, param);
  switch (kind) {
    case 'ignored':
      return undefined;
    case 'open':
      return value;
    case 'unmodelled':
      throw invalid({ message: `Stripe takes ${param}, but the emulator does not model it.`, param });
    case 'clearable':
      return textOf(value, param);
    case 'text':
      return filled(textOf(value, param), param);
    case 'whole':
      return wholeOf(value, param);
    case 'flag':
      return flagOf(value, param);
    case 'texts':
      return listOf(value, param).map((each) => textOf(each, param));
    case 'metadata':
      return metadataOf(value, param);
    case 'range':
      return rangeOf(value, param);
    default:
      return kind satisfies never;
  }
}

function readNested(kind: Exclude<Kind, string>, value: Raw, param: string): unknown {
  if ('fields' in kind) {
    if (typeof value === 'string') throw invalid({ message: `Invalid object`, param });
    return readObject(kind.fields, value, param);
  }
  if ('each' in kind) return listOf(value, param).map((each, at) => readValue(kind.each, each, `${param}[${at}]`));
  const text = filled(textOf(value, param), param);
  if (kind.oneOf.includes(text)) return text;
  throw invalid({ message: `Invalid ${param}: must be one of ${kind.oneOf.join(', ')}`, param });
}

function textOf(value: Raw, param: string): string {
  if (typeof value === 'string') return value;
  throw invalid({ message: `Invalid string: ${JSON.stringify(value)}`, param });
}

function filled(text: string, param: string): string {
  if (text !== '') return text;
  const message = `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a field; however '${param}' cannot be unset.`;
  throw invalid({ code: 'parameter_invalid_empty', message, param });
}

function wholeOf(value: Raw, param: string): number {
  const text = filled(textOf(value, param), param);
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw invalid({ code: 'parameter_invalid_integer', message: `Invalid integer: ${text}`, param });
}

function flagOf(value: Raw, param: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid({ message: `Invalid boolean: ${JSON.stringify(value)}`, param });
}

function listOf(value: Raw, param: string): readonly Raw[] {
  if (value === '') return [];
  if (typeof value === 'string') throw invalid({ message: 'Invalid array', param });
  return Object.values(value);
}

const metadataMax = { keys: 50, key: 40, value: 500 };

function metadataOf(value: Raw, param: string): Readonly<Record<string, string>> {
  if (value === '') return {};
  if (typeof value === 'string') throw invalid({ message: 'Invalid object', param });
  const entries = Object.entries(value).map(([key, each]) => [key, textOf(each, `${param}[${key}]`)] as const);
  if (entries.length > metadataMax.keys) {
    throw invalid({ message: `Metadata can have at most ${metadataMax.keys} keys; it has ${entries.length}.`, param });
  }
  for (const [key, text] of entries) {
    if (key.length > metadataMax.key || text.length > metadataMax.value) {
      const message = `Metadata keys can be up to ${metadataMax.key} characters long and values up to ${metadataMax.value}: ${key}`;
      throw invalid({ message, param: `${param}[${key}]` });
    }
  }
  return Object.fromEntries(entries);
}

function rangeOf(value: Raw, param: string): Range {
  if (typeof value === 'string') return { gte: wholeOf(value, param), lte: wholeOf(value, param) };
  const fields = { gt: 'whole', gte: 'whole', lt: 'whole', lte: 'whole' } as const;
  return readObject(fields, value, param) as Range;
}
