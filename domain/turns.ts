// A few at a time, and the others in the order in which they came.

/** Makes what does pieces of work, at most so many at a time; each begins once those before it have. */
export function turns(atOnceMax: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = [];
  let begun = 0;
  return async (work) => {
    if (begun >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve));
    else begun += 1;
    try {
      return await work();
    } finally {
      // Its turn goes to the next as it is.
      const next = waiting.shift();
      if (next === undefined) begun -= 1;
      else next();
    }
  };
}
