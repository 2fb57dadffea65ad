// Waiting in tests for what happens elsewhere: asked again and again, with the reason when it does not come.

import { setTimeout as sleep } from 'node:timers/promises';

const everyMs = 20;

export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await sleep(everyMs);
  }
}
