// Lists of Stripe, page by page, each page a call of its own.
import type { Page } from './payments';

export type PageOf = { readonly limit: number; readonly starting_after?: string };
export type Listed<T> = { readonly data: readonly T[]; readonly has_more: boolean };

const pageSize = 100;

/** What to ask for a page: the largest there is, after the one before. */
export function pageAfter(after: string | undefined): PageOf {
  return { limit: pageSize, ...(after === undefined ? {} : { starting_after: after }) };
}

/** A page of ours; a list that is not there is empty. */
export function pageOf<T extends { readonly id: string }, U>(
  listed: Listed<T> | undefined,
  as: (item: T) => U,
): Page<U> {
  const data = listed?.data ?? [];
  return { items: data.map(as), next: listed?.has_more === true ? (data.at(-1)?.id ?? null) : null };
}

/** All of a list, newest first. */
export async function everyPage<T extends { readonly id: string }>(
  list: (page: PageOf) => Promise<Listed<T> | undefined>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const { items, next } = pageOf(await list(pageAfter(after)), (item) => item);
    all.push(...items);
    after = next ?? undefined;
  } while (after !== undefined);
  return all;
}
