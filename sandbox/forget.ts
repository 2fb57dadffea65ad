// `--fresh`: forgets what earlier runs kept.

import { rm } from 'node:fs/promises';
import path from 'node:path';

// By name, not everything in the directory: MINUTEBOOK_HOME may be set to one that holds other things.
const kept = ['postgres', 'temporal', 'platform', 'logs', 'sandbox.json'];

/** Only for whoever holds the home's lock. */
export async function forgetHome(home: string): Promise<void> {
  for (const name of kept) await rm(path.join(home, name), { recursive: true, force: true });
}
