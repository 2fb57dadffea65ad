// The emulator's memory between runs: a line a change, `[table, object]` or `[table, id that is gone]`, written before the
// answer. At start, and whenever it has grown far beyond what is alive, it is rewritten as what is alive.

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { writePrivateDraft } from '../private-file';

export type Journal = { append(lines: readonly string[]): void; close(): void };

/** Such as the store's maps, by table and id. */
export type Alive = Readonly<Record<string, Map<string, unknown>>>;

const file = 'journal.jsonl';
const rewriteAtBytes = 16 * 1024 * 1024;

/** Fills the maps with what an earlier run left. */
export function openJournal(directory: string, alive: Alive): Journal {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = path.join(directory, file);
  if (existsSync(name)) replay(readFileSync(name, 'utf8'), alive);
  let { descriptor, bytes } = rewritten(name, alive);
  let rewriteAt = Math.max(rewriteAtBytes, bytes * 4);
  return {
    append: (lines) => {
      bytes += writeSync(descriptor, `${lines.join('\n')}\n`);
      if (bytes < rewriteAt) return;
      closeSync(descriptor);
      ({ descriptor, bytes } = rewritten(name, alive));
      rewriteAt = Math.max(rewriteAtBytes, bytes * 4);
    },
    close: () => closeSync(descriptor),
  };
}

function replay(text: string, alive: Alive): void {
  for (const line of text.split('\n')) {
    const entry = parsed(line);
    // A line cut off by a crash: nobody was answered for it.
    if (entry === undefined) continue;
    const [table, value] = entry;
    if (typeof value === 'string') alive[table]?.delete(value);
    else alive[table]?.set(value.id, value);
  }
}

function parsed(line: string): readonly [string, string | { readonly id: string }] | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as readonly [string, string | { readonly id: string }];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function rewritten(name: string, alive: Alive): { descriptor: number; bytes: number } {
  const lines = Object.entries(alive).flatMap(([table, map]) =>
    [...map.values()].map((value) => `${JSON.stringify([table, value])}\n`),
  );
  renameSync(writePrivateDraft(name, lines.join('')), name);
  return { descriptor: openSync(name, 'a', 0o600), bytes: statSync(name).size };
}
