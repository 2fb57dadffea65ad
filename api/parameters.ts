// What stands in a URL: path and query parameters, checked like bodies, and the pages of lists.
import type { TObject } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import { encodeCursor } from '../contract/pages';
import { type Read, type ReadingOptions, readAs, readField } from '../contract/reading';
import { Day, Id, Month } from '../contract/scalars';

const what = 'the address is';

/** The workspace that the path names. Throws `invalid_request` where that is no id. */
export function workspaceOf(request: FastifyRequest): string {
  const { workspace } = request.params as { readonly workspace?: unknown };
  return readField(Id, workspace, { field: 'workspace', what });
}

/** The key (of a grant, a correction) that the path names. */
export function keyOfPath(request: FastifyRequest): string {
  const { key } = request.params as { readonly key?: unknown };
  return readField(Id, key, { field: 'key', what });
}

/** The month that the path names. */
export function monthOfPath(request: FastifyRequest): string {
  const { month } = request.params as { readonly month?: unknown };
  return readField(Month, month, { field: 'month', what });
}

/** The day that the path names. */
export function dayOfPath(request: FastifyRequest): string {
  const { day } = request.params as { readonly day?: unknown };
  return readField(Day, day, { field: 'day', what });
}

/** Reads query parameters; those that are not known are refused. Throws `invalid_request` with every fault. */
export function readQuery<Schema extends TObject>(
  request: FastifyRequest,
  schema: Schema,
  rule?: ReadingOptions<Schema>['rule'],
): Read<Schema> {
  return readAs(schema, request.query, { what: 'the query is', ...(rule === undefined ? {} : { rule }) });
}

type Paged<Shown> = { readonly items: readonly Shown[]; readonly next?: string };

type CursorOf<Item> = (last: Item) => readonly (string | number)[];

/** A page out of one item more than it may hold: that one only says that there is a next page. */
export function pageOf<Item, Shown>(
  items: readonly Item[],
  limit: number,
  { show, cursor }: { readonly show: (item: Item) => Shown; readonly cursor: CursorOf<Item> },
): Paged<Shown> {
  const { shown, next } = cutPage(items, limit, cursor);
  return { items: shown.map(show), ...next };
}

/** The same, for items that are shown together. */
export async function pageTogether<Item, Shown>(
  items: readonly Item[],
  limit: number,
  {
    show,
    cursor,
  }: { readonly show: (items: readonly Item[]) => Promise<readonly Shown[]>; readonly cursor: CursorOf<Item> },
): Promise<Paged<Shown>> {
  const { shown, next } = cutPage(items, limit, cursor);
  return { items: await show(shown), ...next };
}

function cutPage<Item>(items: readonly Item[], limit: number, cursor: CursorOf<Item>) {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { shown, next: items.length > limit && last !== undefined ? { next: encodeCursor(cursor(last)) } : {} };
}
