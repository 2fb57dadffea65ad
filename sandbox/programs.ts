// Minutebook's own programs, as `npm run build` made them.

import path from 'node:path';
import { projectDirectory } from './places';
import { type RunningProcess, startProcess, untilReady } from './processes/processes';
import { logFileOf, type Surroundings } from './surroundings';

export type Program = {
  readonly name: string;
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  /**
   * Answers when it listens; without it, one that runs has come up. It must not hang on other parts: these may be away
   * when it is started again.
   */
  readonly untilUp?: (started: RunningProcess) => Promise<void>;
};

/** A Node program of ours, out of dist/, that ends when we do. */
export function startProgram(around: Surroundings, program: Program): Promise<RunningProcess> {
  return around.keepUp(async () => {
    const started = await startNode(around, program);
    await program.untilUp?.(started);
    return started;
  });
}

function startNode(around: Surroundings, program: Program): Promise<RunningProcess> {
  return startProcess({
    name: program.name,
    role: 'program',
    command: process.execPath,
    args: [
      ...['--enable-source-maps', '--require', built('sandbox', 'processes', 'end-with-parent.js')],
      built(...program.entry.split('/')),
    ],
    env: { ...around.env, ...program.env, TZ: 'UTC' },
    cwd: projectDirectory,
    logFile: logFileOf(around, program.name.toLowerCase()),
    channel: true,
    stopWithinMs: 20_000,
    onSpawn: around.onSpawn,
  });
}

/** Waits until the program answers this address: with success, or, for `anything`, at all. */
export function untilAnswering(program: RunningProcess, url: string, wanted: 'success' | 'anything'): Promise<void> {
  const isReady = async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await response?.body?.cancel();
    return response !== undefined && (response.ok || wanted === 'anything');
  };
  return untilReady(program, isReady, 60_000);
}

function built(...segments: readonly string[]): string {
  return path.join(projectDirectory, 'dist', ...segments);
}
