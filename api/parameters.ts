// What stands in a URL: path and query parameters, checked like bodies, and the cursors of lists.
import type { FastifyRequest } from 'fastify';
import { type Complain, came, FaultList, type Fields, isAbsent, readFields } from '../domain/body';
import { idSentence, isId, isName } from '../domain/ids';
import { type Month, parseInstant, parseMonth } from '../domain/period';

/** The workspace that the path names. Throws `invalid_request` where that is no id. */
export function workspaceOf(request: FastifyRequest): string {
  const { workspace } = request.params as { readonly workspace?: unknown };
  if (isId(workspace)) return workspace;
  return refuse('workspace', `expected ${idSentence}, came ${came(workspace)}`);
}

/** The month that the path names. */
export function monthOfPath(request: FastifyRequest): Month {
  const { month } = request.params as { readonly month?: unknown };
  return parseMonth(String(month)) ?? refuse('month', expectedMonth(month));
}

/** Reads query parameters; those that are not `known` are refused. Throws `invalid_request` with every fault. */
export function readQuery<Name extends string, Read>(
  request: FastifyRequest,
  known: readonly Name[],
  read: (fields: Fields<Name>, complain: Complain) => Read,
): Read {
  const faults = new FaultList();
  const fields = readFields(request.query, known, faults.at()) ?? {};
  const result = read(fields, faults.at());
  faults.throwIfAny('invalid_request', 'the query is');
  return result;
}

/** A month, or undefined where the parameter was left out. */
export function readMonth(value: unknown, field: string, complain: Complain): Month | undefined {
  if (isAbsent(value)) return undefined;
  const month = typeof value === 'string' ? parseMonth(value) : undefined;
  if (month === undefined) complain(field, expectedMonth(value));
  return month;
}

function expectedMonth(value: unknown): string {
  return `expected a month as YYYY-MM, such as 2025-01, came ${came(value)}`;
}

/** One page of a list: where it begins, as the parts of the cursor, and how many items it has at the most. */
export type PageQuery = { readonly after: readonly string[] | undefined; readonly limit: number };

/** What a part of a cursor may be. A cursor comes back from outside, and what it says goes into a statement. */
const cursorPart = {
  id: isId,
  idOrNothing: (part: string) => part === '' || isId(part),
  name: isName,
  instant: (part: string) => parseInstant(part) !== undefined,
  whole: (part: string) => /^\d{1,9}$/.test(part),
  word: (part: string) => /^[a-z_]{1,40}$/.test(part),
} as const;

/** The parameters `cursor` and `limit`. A cursor has as many parts as `cursor` names. */
export function readPage(
  fields: { readonly cursor?: unknown; readonly limit?: unknown },
  complain: Complain,
  {
    cursor,
    limit,
    limitMax,
  }: { readonly cursor: readonly (keyof typeof cursorPart)[]; readonly limit: number; readonly limitMax: number },
): PageQuery {
  return {
    after: readCursor(fields.cursor, cursor, complain),
    limit: isAbsent(fields.limit) ? limit : readLimit(fields.limit, limitMax, complain),
  };
}

function readLimit(value: unknown, max: number, complain: Complain): number {
  const limit = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > max) complain('limit', `expected a whole number from 1 to ${max}, came ${came(value)}`);
  return limit;
}

function readCursor(
  value: unknown,
  parts: readonly (keyof typeof cursorPart)[],
  complain: Complain,
): readonly string[] | undefined {
  if (isAbsent(value)) return undefined;
  const read = typeof value === 'string' ? Buffer.from(value, 'base64url').toString('latin1').split('\n') : [];
  const isWellFormed = read.length === parts.length && parts.every((part, at) => cursorPart[part](read[at] ?? ''));
  if (isWellFormed && encodeCursor(read) === value) return read;
  complain('cursor', `expected the "next" of the page before, came ${came(value)}`);
  return undefined;
}

/** A page out of one item more than it may hold: that one only says that there is a next page. */
export function pageOf<Item, Shown>(
  items: readonly Item[],
  limit: number,
  {
    show,
    cursor,
  }: { readonly show: (item: Item) => Shown; readonly cursor: (last: Item) => readonly (string | number)[] },
): { readonly items: readonly Shown[]; readonly next?: string } {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  const next = items.length > limit && last !== undefined ? { next: encodeCursor(cursor(last)) } : {};
  return { items: shown.map(show), ...next };
}

export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(parts.join('\n'), 'latin1').toString('base64url');
}

function refuse(field: string, message: string): never {
  const faults = new FaultList();
  faults.at()(field, message);
  faults.throwIfAny('invalid_request', 'the address is');
  throw new Error('api: a fault was listed and not thrown');
}
