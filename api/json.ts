// Reading JSON, and saying where it is not JSON: what the engine says of that depends on its version and often has no place.
import { MinutebookError } from '../domain/errors';

/** The value of a JSON text. Throws `invalid_request` with the position of the first fault. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = `expected a JSON body; it stops being JSON at ${placeOf(text, faultPosition(text))}`;
    throw new MinutebookError({ code: 'invalid_request', detail, cause });
  }
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  const place = `position ${position} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
  return position >= text.length ? `${place}, its end` : place;
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'end';

const space = /[ \t\n\r]*/y;
const token =
  /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/uy;

// Runs only for a text that is not JSON: token by token up to the first that does not fit.
function faultPosition(text: string): number {
  const opened: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at += matchAt(space, text, at).length;
    const found = matchAt(token, text, at);
    const next: Expected | undefined = found === '' ? undefined : follow(expected, found, opened);
    if (next === undefined) return at;
    expected = next;
    at += found.length;
  }
}

function follow(expected: Expected, found: string, opened: string[]): Expected | undefined {
  const closes = (found === ']' && /]/.test(expected)) || (found === '}' && /}/.test(expected));
  if (closes) {
    opened.pop();
    return afterValue(opened);
  }
  if (found === ',') return expected === ', or ]' ? 'value' : expected === ', or }' ? 'key' : undefined;
  if (found === ':') return expected === ':' ? 'value' : undefined;
  if (expected.startsWith('key')) return found.startsWith('"') ? ':' : undefined;
  if (!expected.startsWith('value') || found === ']' || found === '}') return undefined;
  if (found !== '[' && found !== '{') return afterValue(opened);
  opened.push(found);
  return found === '[' ? 'value or ]' : 'key or }';
}

function afterValue(opened: readonly string[]): Expected {
  const inside = opened.at(-1);
  if (inside === undefined) return 'end';
  return inside === '[' ? ', or ]' : ', or }';
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
