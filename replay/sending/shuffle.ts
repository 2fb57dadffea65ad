// Other orders, the same ones for the same seed: a failure that an order causes can be had again.

/** Numbers in [0, 1), always the same for a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The items in an order in which each may be anywhere. */
export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other] as Item, mixed[at] as Item];
  }
  return mixed;
}

/** The items as they come, each held back for a while among `window` others: all of them need not fit into memory. */
export function* shuffledWithin<Item>(items: Iterable<Item>, window: number, random: () => number): Generator<Item> {
  const held: Item[] = [];
  for (const item of items) {
    if (held.length < window) {
      held.push(item);
      continue;
    }
    const at = Math.floor(random() * window);
    yield held[at] as Item;
    held[at] = item;
  }
  yield* shuffled(held, random);
}
