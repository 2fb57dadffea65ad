// Bodies and queries as Stripe reads them: forms whose names nest with brackets, `metadata[invoice]=…&expand[]=…`.

import { invalid } from './errors';

export type Raw = string | RawObject;
export type RawObject = { [name: string]: Raw };

const depthMax = 12;

/** Lists come out as objects with the keys 0, 1, 2. */
export function decodeForm(text: string): RawObject {
  const root: RawObject = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) put(root, segments(name), value, name);
  return root;
}

function segments(name: string): readonly string[] {
  const at = name.indexOf('[');
  if (at < 0) return [name];
  const rest = [...name.slice(at).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '');
  return [name.slice(0, at), ...rest].slice(0, depthMax);
}

function put(object: RawObject, [first = '', ...rest]: readonly string[], value: string, whole: string): void {
  const key = first === '' ? String(Object.keys(object).length) : first;
  if (rest.length === 0) {
    object[key] = value;
    return;
  }
  const inner = object[key] ?? Object.create(null);
  if (typeof inner === 'string')
    throw invalid({ message: `Invalid hash: ${whole} is given both as text and as a hash` });
  object[key] = inner;
  put(inner, rest, value, whole);
}
