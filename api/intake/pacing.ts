// What keeps intake from being felt by those who read. It has most of the work, and comes in slices of milliseconds: from many
// senders at once they would follow each other, and every answer from Postgres to a reader would wait behind all of them.

const waiting: (() => void)[] = [];
let isGranting = false;

/**
 * Waits for the next turn: the process has one slice of intake's work, then looks at what else has come, then has the next. They
 * are granted in the order in which they were asked for.
 */
export function slice(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (isGranting) return;
    isGranting = true;
    setImmediate(grant);
  });
}

// What waits for an immediate that is asked for by another one waits until the sockets were looked at.
function grant(): void {
  const next = waiting.shift();
  if (next === undefined) {
    isGranting = false;
    return;
  }
  next();
  setImmediate(grant);
}
