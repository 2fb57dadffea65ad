// Saying something again and again, but not each time: a server that is away for an hour is sixty lines of log.

export function atMostEvery<What>(ms: number, say: (what: What) => void): (what: What) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (what) => {
    if (performance.now() - lastMs < ms) return;
    lastMs = performance.now();
    say(what);
  };
}
