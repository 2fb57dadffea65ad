// The home directory: data between runs, closed to everybody but whoever started Minutebook, and to PostgreSQL's account.

import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writePrivateDraft } from './private-file';

// By name, not everything in the directory: MINUTEBOOK_HOME may be set to one that holds other things.
const kept = ['postgres', 'temporal', 'platform', 'stripe', 'logs', 'sandbox.json'];
// What PostgreSQL keeps is closed by PostgreSQL, and belongs to another account where root started it.
const ours = kept.filter((name) => name !== 'postgres');

/** Makes the home where there is none. Throws one sentence, for people, where nothing can be written in it. */
export function openHome(home: string): void {
  try {
    makeDirectory(home);
    rmSync(writePrivateDraft(path.join(home, 'start'), ''));
  } catch (error) {
    throw new Error(
      `Minutebook expects a directory that it can write its data into; ${home} is none ` +
        `(${error instanceof Error ? error.message : error}). Set MINUTEBOOK_HOME to one that is.`,
      { cause: error },
    );
  }
}

/** Closes what earlier versions left open to read. Only for whoever holds the home's lock. */
export function closeHome(home: string): void {
  for (const name of ours) closeToOthers(path.join(home, name));
}

/** Forgets what earlier runs kept. Only for whoever holds the home's lock. */
export async function forgetHome(home: string): Promise<void> {
  for (const name of kept) await rm(path.join(home, name), { recursive: true, force: true });
}

// Step by step: Node's own recursive mkdir tries for ever below a directory that takes none, such as /proc.
function makeDirectory(directory: string): void {
  if (existsSync(directory)) {
    if (statSync(directory).isDirectory()) return;
    throw new Error(`${directory} is no directory`);
  }
  makeDirectory(path.dirname(directory));
  // Root hands a part of it to another account, which has to get through.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  try {
    mkdirSync(directory, { mode });
    // Not less than that, whatever the mask that new files get.
    chmodSync(directory, mode);
  } catch (error) {
    // Another start has made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function closeToOthers(entry: string): void {
  const stat = lstatSync(entry, { throwIfNoEntry: false });
  if (stat === undefined || stat.isSymbolicLink()) return;
  if ((stat.mode & 0o077) !== 0) chmodSync(entry, stat.mode & 0o700);
  if (!stat.isDirectory()) return;
  for (const name of readdirSync(entry)) closeToOthers(path.join(entry, name));
}
