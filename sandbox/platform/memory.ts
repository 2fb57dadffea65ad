// What the platform remembers between runs, in one small file of the home directory.

import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { monthOf, monthStartMs, previousMonth } from '../../domain/period';
import { writePrivateFile } from '../private-file';
import type { Deployment } from './deployments';
import type { Stoppage } from './stoppages';

export type Memory = {
  /** The platform's first instant: the first of the month, two months before its first start. */
  readonly startMs: number;
  /** Up to when Minutebook has confirmed all usage. */
  readonly acknowledgedMs: number;
  /** Prices, workspaces and terms are there. */
  readonly isSetUp: boolean;
  readonly stoppages: readonly Stoppage[];
  /** Models beside those of the fleet. */
  readonly deployments: readonly Deployment[];
  /** The generation of billing's last command, by workspace and model. */
  readonly generations: Readonly<Record<string, number>>;
};

export function firstMemory(startMs: number): Memory {
  return { startMs, acknowledgedMs: startMs, isSetUp: false, stoppages: [], deployments: [], generations: {} };
}

/** Two past months to look at, besides the one that runs. */
export function startBefore(nowMs: number): number {
  return monthStartMs(previousMonth(previousMonth(monthOf(nowMs))));
}

export type Notebook = { read(): Memory | undefined; write(memory: Memory): void };

export function openNotebook(home: string): Notebook {
  const file = path.join(home, 'platform', 'state.json');
  return {
    read: () => {
      try {
        // An earlier version did not remember all of it.
        return { ...firstMemory(0), ...(JSON.parse(readFileSync(file, 'utf8')) as Memory) };
      } catch {
        return undefined;
      }
    },
    write: (memory) => {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      writePrivateFile(file, `${JSON.stringify(memory, null, 2)}\n`);
    },
  };
}
