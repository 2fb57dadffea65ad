// Lists that come in pages: awaited they are whole, iterated they are read as far as somebody looks.

import type { TaggedAnswer } from './persevering';

export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string };

/** A list, and the tag by which the API tells whether it has changed since. */
export type Tagged<Item> = { readonly tag: string; readonly items: readonly Item[] };

type ReadPage<Item> = (cursor: string | undefined) => Promise<Page<Item>>;

/**
 * A list of the API. `await` reads it to its last page; `for await` reads a page when the one before is used up, and holds
 * no more than that, however long the list is. Nothing is called before either. An async function that returns one has awaited it:
 * hand it on in another way where it is to be iterated.
 */
export class Listing<Item> implements Promise<Item[]>, AsyncIterable<Item> {
  readonly [Symbol.toStringTag] = 'Listing';
  readonly #read: ReadPage<Item>;
  #whole: Promise<Item[]> | undefined;

  constructor(read: ReadPage<Item>) {
    this.#read = read;
  }

  /** Page by page. */
  async *pages(): AsyncGenerator<readonly Item[], void, void> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.#read(cursor);
      yield page.items;
      if (!page.next) return;
      cursor = page.next;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, void> {
    for await (const items of this.pages()) yield* items;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise of the whole list, begun when somebody waits for it.
  then<Kept = Item[], Caught = never>(
    onKept?: ((items: Item[]) => Kept | PromiseLike<Kept>) | null,
    onBroken?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    this.#whole ??= this.#readAll();
    return this.#whole.then(onKept, onBroken);
  }

  catch<Caught = never>(
    onBroken?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Item[] | Caught> {
    return this.then(undefined, onBroken);
  }

  finally(onSettled?: (() => void) | null): Promise<Item[]> {
    return this.then().finally(onSettled);
  }

  async #readAll(): Promise<Item[]> {
    const all: Item[] = [];
    for await (const item of this) all.push(item);
    return all;
  }
}

/**
 * All pages of a list with a tag, which is that of the first page: where the list changes while it is read, the next call
 * reads it again. Undefined where nothing has changed since `known`.
 */
export async function taggedPages<Item>(
  known: string | undefined,
  read: (cursor: string | undefined, known: string | undefined) => Promise<TaggedAnswer<Page<Item>> | undefined>,
): Promise<Tagged<Item> | undefined> {
  const first = await read(undefined, known);
  if (first === undefined) return undefined;
  const rest = restOf<Item>(first.body.next, async (cursor) => (await read(cursor, undefined))?.body ?? { items: [] });
  return { tag: first.tag, items: [...first.body.items, ...(await rest)] };
}

/** All pages of an answer that says more beside its items: what it says is that of the first page. */
export async function wholeOf<Item, Answer extends Page<Item>>(
  read: (cursor: string | undefined) => Promise<Answer>,
): Promise<Omit<Answer, 'next'>> {
  const { next, ...first } = await read(undefined);
  return { ...first, items: [...first.items, ...(await restOf<Item>(next, read))] };
}

async function restOf<Item>(next: string | undefined, read: ReadPage<Item>): Promise<readonly Item[]> {
  return next === undefined ? [] : new Listing<Item>((cursor) => read(cursor ?? next));
}
