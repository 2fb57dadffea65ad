// Lists come a page at a time: `{items, next?}`, and the next page is asked for with `cursor=<next>`.
import { type TSchema, Type } from '@sinclair/typebox';
import { idPattern, namePattern } from '../domain/ids';
import { type Scalar, scalar, Unreadable } from './reading';
import { optional } from './shape';

export const Next = Type.String({ description: 'the cursor of the next page; left out on the last' });

/** A list that is answered whole. */
export function list<Item extends TSchema>(items: Item) {
  return Type.Object({ items: Type.Array(items) });
}

/** A page of a list. */
export function page<Item extends TSchema>(items: Item) {
  return Type.Object({ items: Type.Array(items), next: optional(Next) });
}

/** How many items a page has at the most, and where nothing is said. It stands in a query, so it comes as a text. */
export function limit({ usual, max }: { readonly usual: number; readonly max: number }): Scalar<number, number> {
  return scalar({ type: 'integer', minimum: 1, maximum: max, default: usual }, (value) => {
    const asked = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
    return asked >= 1 && asked <= max ? asked : new Unreadable(`a whole number from 1 to ${max}`);
  });
}

/** Tells a part of a cursor from anything else. */
export type CursorPart = (text: string) => boolean;

const matches = (pattern: string): CursorPart => {
  const expression = new RegExp(pattern);
  return (text) => expression.test(text);
};
export const idPart = matches(idPattern);
export const namePart = matches(namePattern);
export const numberPart = matches('^\\d{1,9}$');
export const longNumberPart = matches('^\\d{1,18}$');
export const wordPart = matches('^[a-z_]{1,40}$');
export const orEmpty =
  (part: CursorPart): CursorPart =>
  (text) =>
    text === '' || part(text);

/** Where a page begins: the key of the last item before it. Read as the parts that `encodeCursor` took. */
export function cursor<Parts extends readonly CursorPart[]>(
  ...parts: Parts
): Scalar<string, { readonly [At in keyof Parts]: string }> {
  return scalar({ type: 'string', description: 'the "next" of the page before' }, (value) => {
    const read = typeof value === 'string' ? Buffer.from(value, 'base64url').toString('latin1').split('\n') : [];
    const isWellFormed = read.length === parts.length && parts.every((isPart, at) => isPart(read[at] ?? ''));
    if (isWellFormed && encodeCursor(read) === value) return read as { [At in keyof Parts]: string };
    return new Unreadable('the "next" of the page before');
  });
}

/** No part may hold a line end; none of those above does. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(parts.join('\n'), 'latin1').toString('base64url');
}
