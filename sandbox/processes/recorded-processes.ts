// The processes of a start command, written down as they come, so that the next one can end what a kill -9 left behind.

import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writePrivateFile } from '../private-file';
import { endProcess, identify, isAlive, type ProcessIdentity } from './process-identity';
import type { RunningProcess } from './processes';

type Recorded = ProcessIdentity & { readonly name: string };

export type ProcessRecord = {
  add(child: RunningProcess): void;
  remove(child: RunningProcess): void;
  clear(): void;
};

export function recordProcesses(home: string): ProcessRecord {
  const file = recordFile(home);
  const recorded = new Map<RunningProcess, Recorded>();
  const write = () => writePrivateFile(file, JSON.stringify([...recorded.values()], null, 2));
  return {
    add: (child) => {
      const identity = identify(child.pid);
      if (identity === undefined) return;
      recorded.set(child, { ...identity, name: child.name });
      write();
    },
    remove: (child) => {
      if (recorded.delete(child)) write();
    },
    clear: () => rmSync(file, { force: true }),
  };
}

/** Ends what an earlier start left running, the last started first, and answers the names of what it ended. */
export async function endRecordedProcesses(home: string): Promise<readonly string[]> {
  const left = readRecord(home).filter(isAlive).reverse();
  for (const process of left) {
    // SIGINT: PostgreSQL would wait for its clients on SIGTERM, and Temporal takes either.
    await endProcess(process, 'SIGINT', 15_000);
  }
  rmSync(recordFile(home), { force: true });
  return left.map(({ name }) => name);
}

function readRecord(home: string): readonly Recorded[] {
  try {
    return JSON.parse(readFileSync(recordFile(home), 'utf8')) as readonly Recorded[];
  } catch {
    return [];
  }
}

function recordFile(home: string): string {
  return path.join(home, 'pids.json');
}
