// A worker of its own process that holds up chosen activities at chosen steps (halting.cjs), to be killed there.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../harness/until';

const root = path.resolve(__dirname, '..', '..');

/** Where an activity is held up: before its nth step is made, or after it, its answer swallowed. */
export type Halt = { readonly activity: string } & ({ readonly before: number } | { readonly after: number });
/** By workflow id. */
export type Plan = ReadonlyMap<string, Halt>;
/** A statement or call that an activity made. */
export type Step = {
  readonly workflowId: string;
  readonly activity: string;
  readonly attempt: number;
  readonly step: number;
  readonly what: string;
};

export type HaltingWorker = {
  steps(): readonly Step[];
  /** The workflows that are held up. */
  halted(): ReadonlySet<string>;
  /** Waits until everything of the plan is held up, or nothing has moved for a while: some wait behind others' locks. */
  untilHalted(): Promise<void>;
  /** Throws where it ended by itself. */
  assertAlive(): void;
  kill(): Promise<void>;
};

const quietMs = 6000;

export async function startHaltingWorker(env: NodeJS.ProcessEnv, plan: Plan = new Map()): Promise<HaltingWorker> {
  const home = mkdtempSync(path.join(tmpdir(), 'halting-'));
  const file = path.join(home, 'steps');
  writeFileSync(file, '');
  const main = path.join(root, 'dist', 'workers', 'main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: npm run build makes it`);
  const child = spawn(process.execPath, ['--require', path.join(__dirname, 'halting.cjs'), main], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env, HALT_FILE: file, HALT_PLAN: JSON.stringify(Object.fromEntries(plan)) },
  });
  const lines = () => readLines(file);
  const halted = () => new Set(lines().flatMap((line) => ('halted' in line ? [line.workflowId] : [])));
  return {
    steps: () => lines().filter((line): line is Step => !('halted' in line)),
    halted,
    assertAlive: () => {
      if (child.exitCode !== null) throw new Error(`the worker ended by itself with ${child.exitCode}`);
    },
    untilHalted: async () => {
      let [seen, sinceMs] = [lines().length, performance.now()];
      while (halted().size < plan.size && performance.now() - sinceMs < quietMs + (seen === 0 ? 20_000 : 0)) {
        await sleep(100);
        const now = lines().length;
        if (now > seen) [seen, sinceMs] = [now, performance.now()];
      }
    },
    kill: async () => {
      await killed(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

type Line = Step | { readonly workflowId: string; readonly halted: true };

// The last line may be half written.
function readLines(file: string): readonly Line[] {
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** Waits for a worker that is not held up to have done everything. */
export async function untilDone(worker: HaltingWorker, isDone: () => Promise<boolean>): Promise<void> {
  try {
    await until(
      'everything is collected',
      () => {
        worker.assertAlive();
        return isDone();
      },
      120_000,
    );
  } finally {
    await worker.kill();
  }
}
