// Files that their owner alone may read, for they hold keys, or say what runs where.

import { renameSync, writeFileSync } from 'node:fs';

/** Replaced whole: nobody reads half of it, and a kill in the middle leaves the one before. */
export function writePrivateFile(file: string, text: string): void {
  renameSync(writePrivateDraft(file, text), file);
}

/** Beside the file, for whoever puts it in its place; answers its name, which is ours alone. */
export function writePrivateDraft(file: string, text: string): string {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  return draft;
}
