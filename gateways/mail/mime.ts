// As much of MIME (RFC 2045, 2046) as it takes to find one part of a message. Linear in the message's length, bounded in
// depth and number of parts: what comes here was written by strangers.

export type MimePart = {
  /** Such as `multipart/report`; `text/plain` where none is said. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** `base64`, `quoted-printable`, or one of those that leave the body as it is. */
  readonly encoding: string;
  readonly body: readonly string[];
};

const depthMax = 6;
const partsMax = 100;

/** The first part of this type, in the order of the message; messages within the message are not looked into. */
export function findPart(lines: readonly string[], wanted: (type: string) => boolean): MimePart | undefined {
  let left = partsMax;
  const search = (of: readonly string[], depth: number): MimePart | undefined => {
    if (left-- <= 0) return undefined;
    const part = readPart(of);
    if (wanted(part.type)) return part;
    const boundary = part.parameters.get('boundary');
    if (!part.type.startsWith('multipart/') || boundary === undefined || depth >= depthMax) return undefined;
    for (const child of split(part.body, boundary)) {
      const found = search(child, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(lines, 0);
}

/** The lines of a part with its transfer encoding undone. */
export function decoded({ body, encoding }: MimePart): readonly string[] {
  if (encoding === 'base64') return toLines(Buffer.from(body.join(''), 'base64').toString('utf8'));
  if (encoding !== 'quoted-printable') return body;
  const text = body.join('\n').replace(/=[ \t]*\n/g, '');
  return toLines(text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));
}

export function toLines(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/);
}

/** Header fields by name in small letters, unfolded; of a field that stands twice the first counts. */
export function readFields(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of lines) {
    if (/^[ \t]/.test(line)) {
      if (name !== '') fields.set(name, `${fields.get(name) ?? ''} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    const next = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    // Of one that was there already, folded lines are dropped too.
    name = next === '' || fields.has(next) ? '' : next;
    if (name !== '') fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

function readPart(lines: readonly string[]): MimePart {
  const end = lines.indexOf('');
  const fields = readFields(end < 0 ? lines : lines.slice(0, end));
  const [type = '', ...parameters] = splitParameters(fields.get('content-type') ?? 'text/plain');
  return {
    type: type.trim().toLowerCase(),
    parameters: new Map(parameters.map(readParameter)),
    encoding: (fields.get('content-transfer-encoding') ?? '').trim().toLowerCase(),
    body: end < 0 ? [] : lines.slice(end + 1),
  };
}

// By semicolons that stand outside quotes.
function splitParameters(value: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let isQuoted = false;
  for (const character of value) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === ';' && !isQuoted) {
      pieces.push(piece);
      piece = '';
    } else {
      piece += character;
    }
  }
  return [...pieces, piece];
}

function readParameter(text: string): [string, string] {
  const equals = text.indexOf('=');
  const value = text.slice(equals + 1).trim();
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  return [text.slice(0, Math.max(equals, 0)).trim().toLowerCase(), isQuoted ? value.slice(1, -1) : value];
}

function split(lines: readonly string[], boundary: string): readonly (readonly string[])[] {
  const parts: string[][] = [];
  for (const line of lines) {
    const trimmed = line.trimEnd();
    if (trimmed === `--${boundary}--`) break;
    if (trimmed === `--${boundary}`) parts.push([]);
    else parts.at(-1)?.push(line);
    if (parts.length > partsMax) break;
  }
  return parts;
}
