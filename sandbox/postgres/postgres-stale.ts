// The server of a run that was killed goes on without it. It is stopped before its data directory is used again.

import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { endProcess, identify } from '../processes/process-identity';

export async function endStalePostmaster(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const named = identify(Number(text.split('\n')[0]));
  if (named === undefined) return;
  if (named.command.includes(`-D ${data} `)) return endProcess(named, 'SIGINT', 30_000);
  // After a crash the number may belong to somebody else by now, and Postgres would refuse to start for its sake. In all
  // other cases the file stays: by it Postgres knows whether backends of the server before still hold its memory.
  await rm(file, { force: true });
}
