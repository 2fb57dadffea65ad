// The first place where a text is not the JSON that is taken here. Runs only for a text that was refused, token by token,
// without a pattern over what may be long: an engine's patterns give up on a string of megabytes.
import { depthMax, stringEnd } from './structure';

export type JsonFault =
  | { readonly at: number; readonly kind: 'syntax' | 'depth' | 'encoding' }
  | { readonly at: number; readonly kind: 'repeated'; readonly key: string };

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'end';
type Opened = { readonly isList: boolean; readonly keys: Set<string> };

/** With `isInList` the text is the inside of a list. Undefined where nothing is wrong. */
export function firstFault(bytes: Buffer, { isInList = false } = {}): JsonFault | undefined {
  const opened: Opened[] = isInList ? [open('[')] : [];
  let expected: Expected = 'value';
  for (let at = skipSpace(bytes, 0); at < bytes.length; ) {
    const end = tokenEnd(bytes, at);
    const token = String.fromCharCode(bytes[at] as number);
    if (expected.startsWith('key') && token === '"' && end > 0) {
      const key = keyOf(bytes.toString('utf8', at, end));
      if (opened.at(-1)?.keys.has(key)) return { at, kind: 'repeated', key };
      opened.at(-1)?.keys.add(key);
    }
    const next: Expected | undefined = end < 0 ? undefined : follow(expected, token, opened);
    if (next === undefined) return { at, kind: 'syntax' };
    if (opened.length > depthMax) return { at, kind: 'depth' };
    expected = next;
    at = skipSpace(bytes, end);
  }
  return expected === (isInList ? ', or ]' : 'end') ? undefined : { at: bytes.length, kind: 'syntax' };
}

/** Where the bytes stop being UTF-8. */
export function firstBrokenCharacter(bytes: Buffer): JsonFault {
  const text = bytes.toString('utf8');
  let [at, from] = [0, 0];
  for (;;) {
    const found = text.indexOf('\ufffd', from);
    at += Buffer.byteLength(text.slice(from, found < 0 ? undefined : found));
    // The character that stands for broken ones may itself have come.
    if (found < 0 || bytes.toString('latin1', at, at + 3) !== '\xef\xbf\xbd') return { at, kind: 'encoding' };
    at += 3;
    from = found + 1;
  }
}

function keyOf(token: string): string {
  return token.includes('\\') ? JSON.parse(token) : token.slice(1, -1);
}

function open(bracket: string): Opened {
  return { isList: bracket === '[', keys: new Set() };
}

function follow(expected: Expected, token: string, opened: Opened[]): Expected | undefined {
  if ((token === ']' || token === '}') && expected.endsWith(token)) {
    opened.pop();
    return afterValue(opened);
  }
  if (token === ',') return expected === ', or ]' ? 'value' : expected === ', or }' ? 'key' : undefined;
  if (token === ':') return expected === ':' ? 'value' : undefined;
  if (expected.startsWith('key')) return token === '"' ? ':' : undefined;
  if (!expected.startsWith('value') || token === ']' || token === '}') return undefined;
  if (token !== '[' && token !== '{') return afterValue(opened);
  opened.push(open(token));
  return token === '[' ? 'value or ]' : 'key or }';
}

function afterValue(opened: readonly Opened[]): Expected {
  const inside = opened.at(-1);
  if (inside === undefined) return 'end';
  return inside.isList ? ', or ]' : ', or }';
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0a || bytes[at] === 0x0d) at++;
  return at;
}

/** Where the token ends that begins at `at`; -1 where none does. */
function tokenEnd(bytes: Buffer, at: number): number {
  const character = String.fromCharCode(bytes[at] as number);
  if ('[]{},:'.includes(character)) return at + 1;
  if (character === '"') return wholeString(bytes, at);
  if (character === '-' || isDigit(bytes[at])) return numberEnd(bytes, at);
  const word = ['true', 'false', 'null'].find((each) => bytes.toString('latin1', at, at + each.length) === each);
  return word === undefined ? -1 : at + word.length;
}

function wholeString(bytes: Buffer, at: number): number {
  const end = stringEnd(bytes, at, bytes.length);
  if (end >= bytes.length) return -1;
  for (let inside = at + 1; inside < end; inside++) {
    const byte = bytes[inside] as number;
    if (byte < 0x20) return -1;
    if (byte !== 0x5c) continue;
    inside++;
    const escaped = String.fromCharCode(bytes[inside] as number);
    if (escaped === 'u' && /^[\da-fA-F]{4}$/.test(bytes.toString('latin1', inside + 1, inside + 5))) inside += 4;
    else if (!'"\\/bfnrt'.includes(escaped)) return -1;
  }
  return end + 1;
}

function numberEnd(bytes: Buffer, from: number): number {
  const start = bytes[from] === 0x2d ? from + 1 : from;
  const whole = bytes[start] === 0x30 ? start + 1 : digitsEnd(bytes, start);
  if (whole === start) return -1;
  const fraction = bytes[whole] === 0x2e ? digitsEnd(bytes, whole + 1) : whole;
  const end = fraction > whole + 1 ? fraction : whole;
  if (bytes[end] !== 0x65 && bytes[end] !== 0x45) return end;
  const signed = bytes[end + 1] === 0x2b || bytes[end + 1] === 0x2d ? end + 2 : end + 1;
  const exponent = digitsEnd(bytes, signed);
  return exponent > signed ? exponent : end;
}

function digitsEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
