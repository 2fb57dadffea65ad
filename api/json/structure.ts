// The skeleton of a JSON text, found without parsing it: how deep it goes, how many keys it spells, where its items end.
// Works on bytes: all that matters is ASCII, which in UTF-8 is never part of another character. About 330 MB/s: half a millisecond for a batch of 1,000 reports.

/** JSON's own recursion is cheap to send and not to read; nothing here nests deeper than four. */
export const depthMax = 64;

const other = 0;
const quote = 1;
const opening = 2;
const closing = 3;
const colon = 4;
const separator = 5;

const kinds = new Uint8Array(256).fill(other);
kinds[0x22] = quote;
for (const bracket of '[{') kinds[bracket.charCodeAt(0)] = opening;
for (const bracket of ']}') kinds[bracket.charCodeAt(0)] = closing;
kinds[0x3a] = colon;
kinds[0x2c] = separator;

export type Structure = {
  /** How many keys the text spells, up to `end`. */
  readonly colons: number;
  readonly deepest: number;
  /** The last comma outside of all brackets, with what stands before it; -1 where there is none. */
  readonly comma: number;
  readonly beforeComma: { readonly colons: number; readonly deepest: number };
  /** Where a bracket closes that was opened before the text; -1 where none does. */
  readonly end: number;
};

/** Walks to the end, or to that of the list whose inside the text begins with. Says nothing of whether it is JSON. */
export function structureOf(bytes: Uint8Array): Structure {
  const to = bytes.length;
  let [colons, depth, deepest, comma, colonsBefore, deepestBefore] = [0, 0, 0, -1, 0, 0];
  let end = -1;
  for (let at = 0; at < to && end < 0; at++) {
    const kind = kinds[bytes[at] as number];
    if (kind === quote) at = stringEnd(bytes, at, to);
    else if (kind === colon) colons++;
    else if (kind === opening) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (kind === closing) {
      depth--;
      if (depth < 0) end = at;
    } else if (kind === separator && depth === 0) {
      comma = at;
      colonsBefore = colons;
      deepestBefore = deepest;
    }
  }
  return { colons, deepest, comma, beforeComma: { colons: colonsBefore, deepest: deepestBefore }, end };
}

/** Where the list begins that stands under `key` in the outermost object: after its bracket; -1 where there is none. */
export function listStart(bytes: Buffer, key: string): number {
  const wanted = Buffer.from(JSON.stringify(key));
  let [depth, isKey, isValue] = [0, false, false];
  for (let at = 0; at < bytes.length; at++) {
    const kind = kinds[bytes[at] as number];
    if (kind === other) continue;
    if (kind === opening && depth === 1 && isValue && bytes[at] === 0x5b) return at + 1;
    if (kind === opening) depth++;
    else if (kind === closing) depth--;
    isValue = kind === colon && isKey;
    isKey = false;
    if (kind === quote) {
      const end = stringEnd(bytes, at, bytes.length);
      isKey = depth === 1 && bytes.subarray(at, end + 1).equals(wanted);
      at = end;
    }
  }
  return -1;
}

/** Where the list begins that the text is, after its bracket; -1 where it is none. */
export function outerListStart(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x5b) return at + 1;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return -1;
  }
  return -1;
}

/** The closing quote of the string that opens at `at`; `to` where none comes. */
export function stringEnd(bytes: Uint8Array, at: number, to: number): number {
  for (let end = at + 1; end < to; end++) {
    const byte = bytes[end];
    if (byte === 0x22) return end;
    if (byte === 0x5c) end++;
  }
  return to;
}

/** How many keys a value has, at all depths: one that repeats a key has fewer than its text spells. */
export function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const key in value) {
    const field = (value as { readonly [key: string]: unknown })[key];
    count += typeof field === 'object' ? 1 + countKeys(field) : 1;
  }
  return count;
}
