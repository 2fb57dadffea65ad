// What halting.cjs tells of a worker's activities, line by line, while it runs.

import { closeSync, openSync, readSync } from 'node:fs';

type Of = { readonly workflowId: string; readonly activity: string; readonly attempt: number };
/** A statement or call that an activity made. */
export type Step = Of & { readonly kind: 'step'; readonly step: number; readonly what: string };
export type Told = Step | (Of & { readonly kind: 'halted' | 'ended' });

/** Reads what has come to the file since the last time; answers all of it. */
export function followTold(file: string): () => readonly Told[] {
  const told: Told[] = [];
  const block = Buffer.alloc(1024 * 1024);
  let at = 0;
  return () => {
    const open = openSync(file, 'r');
    try {
      for (;;) {
        const read = readSync(open, block, 0, block.length, at);
        // The last line may be half written.
        const whole = block.subarray(0, read).lastIndexOf('\n') + 1;
        if (whole === 0) return told;
        const lines = block.subarray(0, whole).toString('utf8').trimEnd().split('\n');
        told.push(...lines.map((line) => JSON.parse(line) as Told));
        at += whole;
      }
    } finally {
      closeSync(open);
    }
  };
}
