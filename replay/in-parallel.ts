// Many calls of the API, a few at a time.

const parallel = 4;

/** The answers in the order of the items. */
export async function inParallel<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let at = 0; at < items.length; at += parallel) {
    answers.push(...(await Promise.all(items.slice(at, at + parallel).map(ask))));
  }
  return answers;
}
