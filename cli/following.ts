// What happens, shown while it does: a list whose newest come first is asked for again and again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cell, Context } from './command';

const everyMs = 2_000;

type Followed<Item> = {
  readonly list: () => AsyncIterable<Item>;
  /** What was there before, and is not shown; undefined: all of the list is. */
  readonly known: Item | undefined;
  readonly lineOf: (item: Item) => Readonly<Record<string, Cell>>;
};

/** Prints what is new, the oldest first, until it is ended. */
export async function follow<Item extends { readonly id: string | number }>(
  { print, signal }: Pick<Context, 'print' | 'signal'>,
  { list, known, lineOf }: Followed<Item>,
): Promise<void> {
  for (let last = known; !signal.aborted; ) {
    const fresh = await newerThan(list(), last);
    for (const item of [...fresh].reverse()) print.one(item, lineOf(item));
    last = fresh[0] ?? last;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function newerThan<Item extends { readonly id: string | number }>(
  list: AsyncIterable<Item>,
  last: Item | undefined,
): Promise<readonly Item[]> {
  const newer: Item[] = [];
  for await (const item of list) {
    if (item.id === last?.id) break;
    newer.push(item);
  }
  return newer;
}
