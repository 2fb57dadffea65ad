// Reading what came as JSON: every fault is collected, none thrown before the whole body has been read.
import { type ErrorCode, type Fault, MinutebookError } from './errors';
import { idSentence, isId, isName, nameSentence } from './ids';
import { parseInstant } from './period';

/** Takes a fault in a field; which entry of a list it is in is known to the complaint already. */
export type Complain = (field: string, message: string) => void;

/** The known fields of an object that came from outside, none of them checked yet. */
export type Fields<Name extends string> = { readonly [name in Name]?: unknown };

/** So many faults are listed. Whoever reads a list stops there: what came after would only cost time and memory. */
export const faultsMax = 1000;

/** The faults found in one body, up to the thousandth. */
export class FaultList {
  private readonly listed: Fault[] = [];

  /** Whether the thousandth was found: reading on finds nothing that would be said. */
  get isFull(): boolean {
    return this.listed.length >= faultsMax;
  }

  /** A way to complain about the body, or about one entry of its list. */
  at(index?: number): Complain {
    return (field, message) => {
      if (!this.isFull) this.listed.push(index === undefined ? { field, message } : { index, field, message });
    };
  }

  /** Throws the faults as one error, where there are any: those of the body first, then those of its list in its order. */
  throwIfAny(code: ErrorCode, what: string): void {
    const faults = [
      ...this.listed.filter(({ index }) => index === undefined),
      ...this.listed.filter(({ index }) => index !== undefined),
    ];
    const first = faults[0];
    if (first === undefined) return;
    const place = first.index === undefined ? first.field : `[${first.index}].${first.field}`;
    const stopped = this.isFull ? ' are listed, and reading stopped there' : '';
    const counted = faults.length === 1 ? '1 fault' : `${faults.length} faults${stopped}`;
    const detail = `${what} refused as a whole: ${counted}; ${place}: ${first.message}`;
    throw new MinutebookError({ code, detail, faults });
  }
}

/** The value as an object of known fields. Complains of every field that is not known, or that it is no object. */
export function readFields<Name extends string>(
  value: unknown,
  known: readonly Name[],
  complain: Complain,
  field = 'body',
): Fields<Name> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    complain(field, `expected an object, came ${came(value)}`);
    return undefined;
  }
  for (const name of Object.keys(value)) {
    if (!(known as readonly string[]).includes(name)) {
      complain(field === 'body' ? name : `${field}.${name}`, `unknown field, expected one of ${known.join(', ')}`);
    }
  }
  return value as Fields<Name>;
}

/** The value as a list. */
export function readList(value: unknown, field: string, complain: Complain): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  complain(field, `expected a list, came ${came(value)}`);
  return undefined;
}

/** An id as `idPattern` has it. */
export function readId(value: unknown, field: string, complain: Complain): string | undefined {
  if (isId(value)) return value;
  complain(field, `expected ${idSentence}, came ${came(value)}`);
  return undefined;
}

/** A name as `namePattern` has it. */
export function readName(value: unknown, field: string, complain: Complain): string | undefined {
  if (isName(value)) return value;
  complain(field, `expected ${nameSentence}, came ${came(value)}`);
  return undefined;
}

/** One of a few words. */
export function readOneOf<Word extends string>(
  value: unknown,
  words: readonly Word[],
  field: string,
  complain: Complain,
): Word | undefined {
  const word = words.find((each) => each === value);
  if (word === undefined) complain(field, `expected one of ${words.join(', ')}, came ${came(value)}`);
  return word;
}

/** An instant in epoch milliseconds. */
export function readInstant(value: unknown, field: string, complain: Complain): number | undefined {
  const ms = typeof value === 'string' ? parseInstant(value) : undefined;
  if (ms === undefined) {
    complain(field, `expected an RFC 3339 instant such as 2025-01-31T23:59:00Z, from 1970 on, came ${came(value)}`);
  }
  return ms;
}

/** Whether an optional field was left out; null says so too. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** What came, short enough for a message. */
export function came(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 60
    ? `${JSON.stringify(value.slice(0, 60))}… (${value.length} characters)`
    : JSON.stringify(value);
}
