// Gives the event loop back now and then, so that a large document does not hold up everything else in the process.

/** To be awaited at every step of a long loop; costs next to nothing while the slice lasts. */
export type Pace = () => Promise<void> | undefined;

/** Goes on in slices of about `sliceMs`. */
export function paceOf(sliceMs: number): Pace {
  let until = performance.now() + sliceMs;
  return () => {
    if (performance.now() < until) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        until = performance.now() + sliceMs;
        resolve();
      });
    });
  };
}
