// Reading JSON, and saying where it is not JSON: what the engine says of that depends on its version and often has no place.
// Beyond the engine, a key may stand in an object once only (of two values it would silently take the second), the bytes
// must be UTF-8 (it would silently take others in their place), and brackets nest to a limit.
import { isUtf8 } from 'node:buffer';
import { came } from '../../domain/body';
import { MinutebookError } from '../../domain/errors';
import { firstBrokenCharacter, firstFault, type JsonFault } from './first-fault';
import { Place } from './place';
import { countKeys, depthMax, type Structure, structureOf } from './structure';

type Spelled = Pick<Structure, 'colons' | 'deepest'>;

/** A text that was refused. */
export type JsonRefusal = { readonly fault: JsonFault; readonly cause?: unknown };

/** The value of a JSON body. Throws `invalid_request` with the position of the first fault. */
export function parseJson(body: Buffer): unknown {
  const from = markLength(body);
  const bytes = body.subarray(from);
  const read = readJson(bytes);
  if ('fault' in read) throw refusedAt(read, new Place(from), bytes, { isWhole: true });
  return read.value;
}

/** How long the byte order mark is that some programs write before UTF-8, and that is read over: 3 or 0. */
export function markLength(body: Buffer): 0 | 3 {
  return body.length >= 3 && body.readUIntBE(0, 3) === 0xefbbbf ? 3 : 0;
}

/** The value of a JSON text. */
export function readJson(bytes: Buffer): { readonly value: unknown } | JsonRefusal {
  return read(bytes, structureOf(bytes));
}

/** The items of a text that is the inside of a list, with as many keys and as deep as `spelled` says. */
export function readItems(bytes: Buffer, spelled: Spelled): { readonly value: readonly unknown[] } | JsonRefusal {
  return read(bytes, spelled, { isInList: true }) as { readonly value: readonly unknown[] } | JsonRefusal;
}

function read(
  bytes: Buffer,
  { colons, deepest }: Spelled,
  { isInList = false } = {},
): { readonly value: unknown } | JsonRefusal {
  if (!isUtf8(bytes)) return { fault: firstBrokenCharacter(bytes) };
  const refusal = (cause?: unknown): JsonRefusal => {
    const fault = firstFault(bytes, { isInList }) ?? { at: bytes.length, kind: 'syntax' };
    return { fault, cause };
  };
  if (deepest > depthMax) return refusal();
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(isInList ? `[${text}]` : text);
  } catch (error) {
    return refusal(error);
  }
  return countKeys(value) === colons ? { value } : refusal();
}

/** The refusal as the caller is told of it; `bytes` begin at `start`, and go to the end of the body where they are `isWhole`. */
export function refusedAt(
  { fault, cause }: JsonRefusal,
  start: Place,
  bytes: Buffer,
  { isWhole = false } = {},
): MinutebookError {
  const place = start.after(bytes.subarray(0, fault.at));
  const end = isWhole && fault.at >= bytes.length ? ', its end' : '';
  return new MinutebookError({ code: 'invalid_request', detail: `${sentence(fault)} ${place}${end}`, cause });
}

function sentence(fault: JsonFault): string {
  switch (fault.kind) {
    case 'syntax':
      return 'expected a JSON body; it stops being JSON at';
    case 'depth':
      return `expected at most ${depthMax} brackets within each other; there is one more at`;
    case 'encoding':
      return 'expected a body in UTF-8; it stops being that at';
    case 'repeated':
      return `expected each key of an object once; ${came(fault.key)} stands there again at`;
    default:
      return fault satisfies never;
  }
}
