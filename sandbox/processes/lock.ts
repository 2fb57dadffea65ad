// One start command to a home. The lock names the process that holds it, so that one left by a kill is seen for what
// it is.

import { linkSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writePrivateDraft, writePrivateFile } from '../private-file';
import { identify, isAlive, type ProcessIdentity } from './process-identity';
import { sleep } from './processes';

type Holder = ProcessIdentity & { readonly stopping: boolean };

export type Lock = {
  /** Tells a start that waits behind us that we will soon be gone. */
  stopping(): void;
  release(): void;
};

// npm may be gone a moment before the command it ran has noticed; a stop that has begun takes as long as it takes.
const patienceMs = 3_000;

/** Takes the lock, or explains who has it. */
export async function takeLock(home: string): Promise<Lock> {
  const file = path.join(home, 'start.lock');
  const self = identify(process.pid);
  if (self === undefined) throw new Error('this process cannot be found by its own number: is ps installed?');
  const began = Date.now();
  while (!create(file, { ...self, stopping: false })) {
    const holder = read(file);
    if (holder === undefined || !isAlive(holder)) {
      rmSync(file, { force: true });
    } else if (!holder.stopping && Date.now() - began > patienceMs) {
      throw new Error(
        `Minutebook is running in ${home} already (process ${holder.pid}). Stop that one with Ctrl-C, or start another ` +
          'beside it with its own MINUTEBOOK_HOME.',
      );
    } else {
      await sleep(200);
    }
  }
  return {
    stopping: () => writePrivateFile(file, JSON.stringify({ ...self, stopping: true })),
    release: () => rmSync(file, { force: true }),
  };
}

// A link appears whole or not at all, so nobody reads half a lock.
function create(file: string, holder: Holder): boolean {
  const draft = writePrivateDraft(file, JSON.stringify(holder));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    // Gone since, or not one of ours: either way nobody holds it.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
