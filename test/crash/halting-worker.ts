// A worker of its own process that holds up chosen activities at chosen steps (halting.cjs), to be killed there.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../harness/until';
import { followTold, type Step, type Told } from './told';

const root = path.resolve(__dirname, '..', '..');

/** Where an activity is held up: before its nth step is made, or after it, its answer swallowed. */
export type Halt = { readonly activity: string } & ({ readonly before: number } | { readonly after: number });
/** By workflow id. */
export type Plan = ReadonlyMap<string, Halt>;

export type HaltingWorker = {
  /** As Temporal knows it. */
  readonly identity: string;
  steps(): readonly Step[];
  /** The workflows of the plan that are held up. */
  halted(): ReadonlySet<string>;
  /** Waits until each of these workflows is held up, or its activity has ended without coming there. */
  untilSettled(workflowIds: readonly string[]): Promise<void>;
  /** Throws where it ended by itself. */
  assertAlive(): void;
  kill(): Promise<void>;
};

export async function startHaltingWorker(env: NodeJS.ProcessEnv, plan: Plan = new Map()): Promise<HaltingWorker> {
  const home = mkdtempSync(path.join(tmpdir(), 'halting-'));
  const file = path.join(home, 'told');
  writeFileSync(file, '');
  const main = path.join(root, 'dist', 'workers', 'main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: npm run build makes it`);
  const child = spawn(process.execPath, ['--require', path.join(__dirname, 'halting.cjs'), main], {
    cwd: root,
    // It ends when the other end of its stdin is gone.
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, ...env, HALT_FILE: file, HALT_PLAN: JSON.stringify(Object.fromEntries(plan)) },
  });
  const told = followTold(file);
  const isPlanned = ({ workflowId, activity }: Told) => plan.get(workflowId)?.activity === activity;
  const those = (kind: Told['kind']) =>
    new Set(told().flatMap((each) => (each.kind === kind && isPlanned(each) ? [each.workflowId] : [])));
  const assertAlive = () => {
    if (child.exitCode !== null) throw new Error(`the worker ended by itself with ${child.exitCode}`);
  };
  return {
    identity: `worker ${child.pid}@${hostname()}`,
    steps: () => told().filter((each): each is Step => each.kind === 'step'),
    halted: () => those('halted'),
    assertAlive,
    untilSettled: async (workflowIds) => {
      const unsettled = () => {
        const [halted, ended] = [those('halted'), those('ended')];
        return workflowIds.filter((id) => !halted.has(id) && !ended.has(id));
      };
      const areAll = async () => {
        assertAlive();
        return unsettled().length === 0;
      };
      await until('each is held up, or through', areAll, settledWithinMs).catch((error: Error) => {
        throw new Error(`${error.message}; neither: ${unsettled().join(', ')}`);
      });
    },
    kill: async () => {
      await killed(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

// Half a minute until Temporal notices that a worker was killed, half a minute until a mail is tried again, and as much again.
const settledWithinMs = 150_000;

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
